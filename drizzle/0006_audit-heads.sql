CREATE TABLE "audit_heads" (
	"tenant_id" uuid PRIMARY KEY NOT NULL,
	"seq" bigint NOT NULL,
	"hash" "bytea" NOT NULL,
	"mac" "bytea" NOT NULL,
	"sealed_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE INDEX "audit_target" ON "audit" USING btree ("tenant_id","target_id","at","id");--> statement-breakpoint
CREATE INDEX "audit_subject" ON "audit" USING btree ("tenant_id","subject_id","at","id") WHERE "audit"."subject_id" is not null;--> statement-breakpoint
-- Records are only ever added; the sealer gives each its place in the chain, once.
create function studio_audit_append_only() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' then
    if old.seq is null and new.seq is not null and new.detail::text = old.detail::text
      and (new.id, new.tenant_id, new.at, new.actor_id, new.credential_kind, new.credential_id,
        new.action, new.target_kind, new.target_id, new.subject_id, new.request_id, new.address)
        is not distinct from
        (old.id, old.tenant_id, old.at, old.actor_id, old.credential_kind, old.credential_id,
        old.action, old.target_kind, old.target_id, old.subject_id, old.request_id, old.address)
    then
      return new;
    end if;
  end if;
  raise exception 'audit records are only ever added' using errcode = 'ST002';
end
$$;
--> statement-breakpoint
create trigger audit_append_only before update or delete on "audit"
for each row execute function studio_audit_append_only();
--> statement-breakpoint
create trigger audit_no_truncate before truncate on "audit"
for each statement execute function studio_audit_append_only();
