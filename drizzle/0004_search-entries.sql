-- Ids and words in one GIN index. A trusted extension: the owner of the database may create it.
create extension if not exists btree_gin;
--> statement-breakpoint
CREATE TABLE "search_entries" (
	"conversation_id" uuid NOT NULL,
	"seq" bigint NOT NULL,
	"tenant_id" uuid NOT NULL,
	"owner_id" uuid NOT NULL,
	"turn_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"body" text NOT NULL,
	"words" "tsvector" NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "search_entries_conversation_id_seq_pk" PRIMARY KEY("conversation_id","seq")
);
--> statement-breakpoint
CREATE INDEX "search_entries_words" ON "search_entries" USING gin ("tenant_id","owner_id","words");--> statement-breakpoint
CREATE INDEX "search_entries_newest" ON "search_entries" USING btree ("owner_id","at","conversation_id","seq");
--> statement-breakpoint
-- Ended turns are settled once more, which makes what they said searchable.
update "turns" set "folded_at" = null where "status" = 'ended' and "folded_at" is not null;
