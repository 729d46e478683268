ALTER TABLE "conversations" ADD COLUMN "search_title" text;--> statement-breakpoint
ALTER TABLE "conversations" ADD COLUMN "search_preview" text;--> statement-breakpoint
ALTER TABLE "conversations" ADD COLUMN "is_searchable" boolean DEFAULT false NOT NULL;--> statement-breakpoint
CREATE INDEX "conversations_unsearchable" ON "conversations" USING btree ("id") WHERE not "conversations"."is_searchable";--> statement-breakpoint
-- Whoever writes a title or preview without the text that search compares, as processes of the
-- release before do, leaves the row to housekeeping. Until then it is also found as it is written.
create function studio_note_unsearchable() returns trigger language plpgsql as $$
begin
  new.is_searchable := false;
  return new;
end
$$;
--> statement-breakpoint
create trigger conversations_unsearchable before update of title, preview on conversations
for each row when (
  new.title is distinct from old.title and new.search_title is not distinct from old.search_title
  or new.preview is distinct from old.preview
    and new.search_preview is not distinct from old.search_preview
)
execute function studio_note_unsearchable();
--> statement-breakpoint
create or replace function studio_index_title() returns trigger language plpgsql as $$
begin
  insert into conversation_texts (conversation_id, tenant_id, text)
  values (new.id, new.tenant_id, concat_ws(E'\n', new.search_title, new.search_preview,
    case when not new.is_searchable then concat_ws(E'\n', new.title, new.preview) end))
  on conflict (conversation_id) do update set text = excluded.text;
  return null;
end
$$;
