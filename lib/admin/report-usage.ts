import type { Database } from "#db/client.ts"
import { listUsage, type UsageRow } from "#db/queries/usage.ts"
import { AppError } from "#lib/errors.ts"
import { addCounts, quantileMs } from "#lib/protocol/latency.ts"
import { toStorableTime } from "#lib/protocol/stored-time.ts"
import type { UsageGroup, UsageItem, UsageReport, UsageSum } from "#lib/protocol/usage.ts"

const dayMs = 86_400_000
const daysDefault = 30
const daysMax = 400

interface UsageRequest {
  from: string | undefined
  to: string | undefined
  by: UsageGroup | undefined
}

/**
 * A tenant's token usage by day, agent or person.
 * @throws AppError invalid_query for a range that ends before it starts or exceeds 400 days
 */
export async function reportUsage(
  db: Database,
  tenantId: string,
  request: UsageRequest & { nowMs: number },
): Promise<UsageReport> {
  const to = request.to ?? dayOf(request.nowMs)
  const from = request.from ?? dayOf(toStorableTime(Date.parse(to) - (daysDefault - 1) * dayMs))
  const days = (Date.parse(to) - Date.parse(from)) / dayMs + 1
  if (!(days >= 1 && days <= daysMax)) {
    throw new AppError("invalid_query", `A report is of 1 to ${daysMax} days.`, { field: "from" })
  }
  const by = request.by ?? "day"
  const rows = await listUsage(db, { tenantId, from, to, by })
  const total = rows.reduce(addRows, emptyRow)
  return { from, to, by, items: rows.map(toItem), total: toSum(total) }
}

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10)
}

const emptyRow: UsageRow = {
  key: "",
  name: null,
  turns: 0,
  errors: 0,
  inputTokens: 0,
  outputTokens: 0,
  costUsd: 0,
  unpriced: 0,
  unmetered: 0,
  latencyCounts: [],
}

function addRows(sum: UsageRow, row: UsageRow): UsageRow {
  return {
    ...sum,
    turns: sum.turns + row.turns,
    errors: sum.errors + row.errors,
    inputTokens: sum.inputTokens + row.inputTokens,
    outputTokens: sum.outputTokens + row.outputTokens,
    costUsd: sum.costUsd + row.costUsd,
    unpriced: sum.unpriced + row.unpriced,
    unmetered: sum.unmetered + row.unmetered,
    latencyCounts: addCounts(sum.latencyCounts, row.latencyCounts),
  }
}

function toItem(row: UsageRow): UsageItem {
  return { key: row.key, name: row.name, ...toSum(row) }
}

function toSum(row: UsageRow): UsageSum {
  return {
    turns: row.turns,
    errors: row.errors,
    input_tokens: row.inputTokens,
    output_tokens: row.outputTokens,
    turns_without_tokens: row.unmetered,
    cost_usd: row.unpriced > 0 && row.costUsd === 0 ? null : row.costUsd,
    turns_without_price: row.unpriced,
    latency_p50_ms: quantileMs(row.latencyCounts, 0.5),
    latency_p95_ms: quantileMs(row.latencyCounts, 0.95),
  }
}
