CREATE INDEX "usage_days_agent" ON "usage_days" USING btree ("tenant_id","agent_id","day");--> statement-breakpoint
-- A row for each agent and person becomes one of all, one of each agent, one of each person.
WITH fine AS MATERIALIZED (
  SELECT * FROM "usage_days"
), sums AS (
  SELECT tenant_id, day, agent_id, user_id, sum(turns)::int AS turns, sum(errors)::int AS errors,
    sum(input_tokens)::bigint AS input_tokens, sum(output_tokens)::bigint AS output_tokens,
    sum(cost_usd) AS cost_usd, sum(unpriced)::int AS unpriced, sum(unmetered)::int AS unmetered
  FROM fine
  GROUP BY GROUPING SETS ((tenant_id, day), (tenant_id, day, agent_id), (tenant_id, day, user_id))
), classes AS (
  SELECT tenant_id, day, agent_id, user_id, got.place, sum(got.count)::int AS count
  FROM fine CROSS JOIN unnest(latency_counts) WITH ORDINALITY AS got (count, place)
  GROUP BY GROUPING SETS
    ((tenant_id, day, place), (tenant_id, day, agent_id, place), (tenant_id, day, user_id, place))
), latencies AS (
  SELECT tenant_id, day, agent_id, user_id, array_agg(count ORDER BY place) AS counts
  FROM classes GROUP BY 1, 2, 3, 4
), gone AS (
  DELETE FROM "usage_days"
)
INSERT INTO "usage_days" ("tenant_id", "day", "agent_id", "user_id", "turns", "errors",
  "input_tokens", "output_tokens", "cost_usd", "unpriced", "unmetered", "latency_counts")
SELECT sums.tenant_id, sums.day, coalesce(sums.agent_id, '00000000-0000-0000-0000-000000000000'),
  coalesce(sums.user_id, '00000000-0000-0000-0000-000000000000'), sums.turns, sums.errors,
  sums.input_tokens, sums.output_tokens, sums.cost_usd, sums.unpriced, sums.unmetered,
  coalesce(latencies.counts, '{}')
FROM sums LEFT JOIN latencies ON latencies.tenant_id = sums.tenant_id AND latencies.day = sums.day
  AND latencies.agent_id IS NOT DISTINCT FROM sums.agent_id
  AND latencies.user_id IS NOT DISTINCT FROM sums.user_id;
