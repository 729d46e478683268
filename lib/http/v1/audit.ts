import { exportRecords } from "#lib/audit/export-records.ts"
import { listAuditPage, toAuditFilter } from "#lib/audit/list-records.ts"
import { verifyChain, type ChainAnchor } from "#lib/audit/verify-chain.ts"
import {
  auditExportQuery,
  auditListQuery,
  auditPage,
  auditVerdict,
  auditVerifyQuery,
  type AuditVerdict,
} from "#lib/protocol/audit.ts"

import { jsonHeaders, jsonReply, plainHeaders } from "../reply.ts"
import { route } from "../route.ts"
import { contextOf } from "../verb-context.ts"

const path = "/v1/admin/audit"
const types = { csv: "text/csv; charset=utf-8", jsonl: "application/jsonl; charset=utf-8" } as const

export const list = route({
  method: "GET",
  path,
  summary: "The tenant's audit records, newest first",
  scope: "admin",
  query: auditListQuery,
  replies: { 200: { description: "One page.", shape: auditPage } },
  async run({ runtime, principal, query }) {
    const filter = toAuditFilter(principal.tenantId, query)
    return jsonReply(200, await listAuditPage(runtime.db, filter, query))
  },
})

export const exported = route({
  method: "GET",
  path: `${path}/export`,
  summary: "Export the matching records as CSV or JSON lines; the export itself is audited",
  scope: "admin",
  query: auditExportQuery,
  replies: {
    200: {
      description: "A file, generated while it is sent.",
      contentTypes: ["text/csv", "application/jsonl"],
    },
  },
  async run({ call, principal, query }) {
    const { format = "csv", ...asked } = query
    const chunks = await exportRecords(contextOf(call), principal, { format, ...asked })
    return {
      status: 200,
      headers: {
        ...plainHeaders,
        "Content-Type": types[format],
        "Content-Disposition": `attachment; filename="audit.${format}"`,
      },
      body: { chunks },
    }
  },
})

export const verify = route({
  method: "GET",
  path: `${path}/verify`,
  summary: "Verify the tenant's audit chain",
  scope: "admin",
  query: auditVerifyQuery,
  replies: { 200: { description: "The verdict.", shape: auditVerdict } },
  run({ runtime, principal, query }) {
    const walk = verifyChain(runtime, principal.tenantId, toAnchor(query.anchor))
    return Promise.resolve({
      status: 200,
      headers: jsonHeaders,
      body: { chunks: encodeVerdict(walk) },
    })
  },
})

function toAnchor(text: string | undefined): ChainAnchor | null {
  if (text === undefined) return null
  const [seq, hash = ""] = text.split(":", 2)
  return { seq: Number(seq), hash: Buffer.from(hash, "hex") }
}

/**
 * Verifying a long chain exceeds the answer's deadline; blanks before the object keep the connection
 * alive.
 */
async function* encodeVerdict(
  walk: AsyncGenerator<undefined, AuditVerdict>,
): AsyncGenerator<string> {
  for (;;) {
    const step = await walk.next()
    if (step.done === true) {
      yield JSON.stringify(step.value)
      return
    }
    yield " "
  }
}
