-- Half-empty pages keep every update of a head on its own page (HOT).
alter table "heads" set (fillfactor = 50);
--> statement-breakpoint
-- The append statement updates these on every flush: vacuum them before they bloat.
alter table "heads" set (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);
--> statement-breakpoint
alter table "turns" set (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.02);
--> statement-breakpoint
-- Ends a statement, and all it wrote, with a reason the caller knows by its SQLSTATE.
create function studio_refuse(reason text) returns integer language plpgsql as $$
begin
  raise exception '%', reason using errcode = 'ST001';
end
$$;
