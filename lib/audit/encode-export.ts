import { csvHeader, csvLine } from "#lib/lists/csv.ts"
import type { AuditRecordItem } from "#lib/protocol/audit.ts"

export type ExportFormat = "csv" | "jsonl"

const columns = [
  "at",
  "seq",
  "action",
  "actor_id",
  "actor_name",
  "credential_kind",
  "credential_id",
  "target_kind",
  "target_id",
  "subject_id",
  "subject_name",
  "detail",
  "request_id",
  "address",
  "id",
]

/** Encodes the pages of an export, one line per record. */
export async function* encodeExport(
  pages: AsyncIterable<AuditRecordItem[]>,
  format: ExportFormat,
): AsyncGenerator<string> {
  if (format === "csv") yield csvHeader(columns)
  const encode = format === "csv" ? toCsv : toJsonLine
  for await (const page of pages) yield page.map((record) => encode(record)).join("")
}

function toJsonLine(record: AuditRecordItem): string {
  return `${JSON.stringify(record)}\n`
}

function toCsv(record: AuditRecordItem): string {
  const { actor, credential, target, subject } = record
  return csvLine([
    record.at,
    record.seq ?? null,
    record.action,
    actor?.id ?? null,
    actor?.name ?? null,
    credential?.kind ?? null,
    credential?.id ?? null,
    target?.kind ?? null,
    target?.id ?? null,
    subject?.id ?? null,
    subject?.name ?? null,
    JSON.stringify(record.detail),
    record.request_id,
    record.address,
    record.id,
  ])
}
