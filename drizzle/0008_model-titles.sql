ALTER TABLE "conversations" ADD COLUMN "title_due_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "conversations" ADD COLUMN "title_tries" smallint DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX "conversations_untitled" ON "conversations" USING btree ("title_due_at") WHERE "conversations"."title_due_at" is not null;