-- Search by part of a word. The extension is a trusted one: whoever may create in the database may.
create extension if not exists pg_trgm;
--> statement-breakpoint
CREATE TABLE "conversation_texts" (
	"conversation_id" uuid PRIMARY KEY NOT NULL,
	"tenant_id" uuid NOT NULL,
	"text" text NOT NULL
);
--> statement-breakpoint
ALTER TABLE "conversations" ADD COLUMN "turns" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "conversations" ADD COLUMN "input_tokens" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "conversations" ADD COLUMN "output_tokens" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "conversations" ADD COLUMN "cost_usd" double precision DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "conversations" ADD COLUMN "unpriced" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "conversations" ADD COLUMN "last_outcome" text;--> statement-breakpoint
ALTER TABLE "conversations" ADD COLUMN "last_error_code" text;--> statement-breakpoint
ALTER TABLE "conversation_texts" ADD CONSTRAINT "conversation_texts_conversation_id_conversations_id_fk" FOREIGN KEY ("conversation_id") REFERENCES "public"."conversations"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "conversation_texts_trigrams" ON "conversation_texts" USING gin ("text" gin_trgm_ops);--> statement-breakpoint
CREATE INDEX "conversations_recent" ON "conversations" USING btree ("tenant_id","last_activity_at","id") WHERE "conversations"."deleted_at" is null;--> statement-breakpoint
CREATE INDEX "conversations_owned" ON "conversations" USING btree ("owner_id","last_activity_at","id") WHERE "conversations"."deleted_at" is null;--> statement-breakpoint
CREATE INDEX "conversations_agent" ON "conversations" USING btree ("agent_id","last_activity_at","id") WHERE "conversations"."deleted_at" is null;--> statement-breakpoint
CREATE INDEX "conversations_title" ON "conversations" USING btree ("tenant_id",lower("title") collate "C","id") WHERE "conversations"."deleted_at" is null;--> statement-breakpoint
CREATE INDEX "conversations_channel_recent" ON "conversations" USING btree ("tenant_id","channel_kind","last_activity_at","id") WHERE "conversations"."deleted_at" is null and "conversations"."channel_kind" <> 'web';--> statement-breakpoint
CREATE INDEX "conversations_outcome" ON "conversations" USING btree ("tenant_id","last_outcome","last_activity_at","id") WHERE "conversations"."deleted_at" is null and "conversations"."last_outcome" <> 'end';--> statement-breakpoint
CREATE INDEX "conversations_costly" ON "conversations" USING btree ("tenant_id","last_activity_at","id") WHERE "conversations"."deleted_at" is null and "conversations"."cost_usd" >= 0.1;
--> statement-breakpoint
DROP INDEX "conversations_activity";--> statement-breakpoint
DROP INDEX "conversations_owner";--> statement-breakpoint
-- What ended before there were sums.
update conversations set turns = ended.turns, input_tokens = ended.input_tokens,
  output_tokens = ended.output_tokens, cost_usd = ended.cost_usd, unpriced = ended.unpriced,
  last_outcome = ended.last_outcome, last_error_code = ended.last_error_code
from (
  select conversation_id, count(*) as turns, coalesce(sum(input_tokens), 0) as input_tokens,
    coalesce(sum(output_tokens), 0) as output_tokens, coalesce(sum(cost_usd), 0) as cost_usd,
    count(*) filter (where cost_usd is null and started_at is not null) as unpriced,
    (array_agg(outcome order by message_seq desc))[1] as last_outcome,
    (array_agg(error_code order by message_seq desc))[1] as last_error_code
  from turns where status = 'ended' and outcome is distinct from 'withdrawn' group by conversation_id
) ended
where conversations.id = ended.conversation_id;
--> statement-breakpoint
insert into conversation_texts (conversation_id, tenant_id, text)
select id, tenant_id, concat_ws(E'\n', title, preview) from conversations where deleted_at is null;
--> statement-breakpoint
-- A new title is found at once, whoever gave it; first titles and previews follow with the end of
-- the turn, so that no submit pays for the index.
create function studio_index_title() returns trigger language plpgsql as $$
begin
  insert into conversation_texts (conversation_id, tenant_id, text)
  values (new.id, new.tenant_id, concat_ws(E'\n', new.title, new.preview))
  on conflict (conversation_id) do update set text = excluded.text;
  return null;
end
$$;
--> statement-breakpoint
create trigger conversations_title_index after update of title on conversations
for each row when (old.title is not null and new.title is distinct from old.title)
execute function studio_index_title();
