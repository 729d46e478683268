import { z } from "zod"

import { calendarDay, choice, moment, naturalNumber, onceKey } from "./query-values.ts"

/** Every audited action, in the order of docs/protocol.md. */
export const auditActions = [
  "session.created",
  "session.refused",
  "session.revoked",
  "password.changed",
  "password_reset.created",
  "password_reset.used",
  "password_reset.revoked",
  "user.created",
  "user.renamed",
  "user.role_changed",
  "user.disabled",
  "user.enabled",
  "user.erasure_started",
  "user.erased",
  "invitation.created",
  "invitation.accepted",
  "invitation.revoked",
  "token.created",
  "token.rotated",
  "token.revoked",
  "agent.created",
  "agent.changed",
  "agent.disabled",
  "agent.enabled",
  "agent.default_changed",
  "conversation.read_as_admin",
  "conversation.deleted",
  "conversations.listed_as_admin",
  "conversations.exported",
  "audit.exported",
  "budget.changed",
  "tenant.created",
] as const

export type AuditAction = (typeof auditActions)[number]

const person = z.object({ id: z.uuid(), name: z.string().optional() })

export const auditRecord = z.object({
  id: z.uuid(),
  seq: z.int().optional().describe("Its position in the chain; absent until it is sealed."),
  at: z.iso.datetime(),
  action: z.string(),
  actor: person.nullable().describe("null = the installation itself"),
  credential: z.object({ kind: z.string(), id: z.uuid() }).nullable(),
  target: z.object({ kind: z.string(), id: z.string() }).nullable(),
  subject: person.nullable().describe("The target's owner."),
  detail: z.record(z.string(), z.unknown()),
  request_id: z.uuid().nullable(),
  address: z.string().nullable(),
})
export type AuditRecordItem = z.infer<typeof auditRecord>

export const auditPage = z.object({
  records: z.array(auditRecord),
  next_cursor: z.string().optional(),
})
export type AuditPage = z.infer<typeof auditPage>

const once = { [onceKey]: true }
const filterShape = {
  actor: z
    .string()
    .max(320)
    .optional()
    .meta({ description: "Id or e-mail of the actor.", ...once }),
  action: z
    .string()
    .max(64)
    .optional()
    .meta({ description: "An action, or the part before its dot.", ...once }),
  target: z
    .string()
    .max(64)
    .optional()
    .meta({ description: "Id of the target.", ...once }),
  subject: z
    .string()
    .max(320)
    .optional()
    .meta({ description: "Id or e-mail of the target's owner.", ...once }),
  since: moment("From this time on."),
  until: moment("Before this time."),
}

const auditFilterQuery = z.object(filterShape)
export type AuditFilterQuery = z.infer<typeof auditFilterQuery>

/** The filters of the audit page, as query parameters: days instead of moments. */
export const auditPageQuery = z.object({
  actor: filterShape.actor,
  action: filterShape.action,
  target: filterShape.target,
  subject: filterShape.subject,
  from: calendarDay("The first day (UTC)."),
  to: calendarDay("The last day (UTC)."),
})
export type AuditPageQuery = z.infer<typeof auditPageQuery>

export const auditListQuery = z.object({
  ...filterShape,
  limit: naturalNumber("1 to 200, default 50, clamped."),
  cursor: z
    .string()
    .max(200)
    .optional()
    .meta({ description: "`next_cursor` of the previous page.", ...once }),
})

export const auditExportQuery = z.object({ ...filterShape, format: choice(["csv", "jsonl"]) })

export const auditVerifyQuery = z.object({
  anchor: z
    .string()
    .regex(/^[0-9]{1,15}:[0-9a-f]{64}$/, "must be a seq, a colon and a hash")
    .optional()
    .meta({
      description: "`<seq>:<hash>` of an earlier answer, which must still match.",
      ...once,
    }),
})

export const auditVerdict = z.object({
  checked: z.int().describe("Records verified."),
  ok: z.boolean(),
  broken_at_seq: z.int().optional(),
  broken_reason: z
    .enum(["content", "linkage", "missing", "tail_missing", "head", "beyond_head", "anchor"])
    .optional(),
  unsealed: z.int().describe("Records not sealed yet."),
  head: z.object({ seq: z.int(), hash: z.string() }).optional(),
})
export type AuditVerdict = z.infer<typeof auditVerdict>
