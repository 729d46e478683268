ALTER TABLE "usage_days" ADD COLUMN "unmetered" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX "search_entries_recent" ON "search_entries" USING btree ("tenant_id","at","conversation_id","seq");--> statement-breakpoint
-- What was counted before and has no token: nobody said how many there were.
UPDATE "usage_days" SET "unmetered" = "turns" WHERE "input_tokens" = 0 AND "output_tokens" = 0 AND "turns" > 0;
