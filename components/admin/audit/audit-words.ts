import type { AuditAction, AuditVerdict } from "#lib/protocol/audit.ts"

/** Display text of each audit action. */
export const actionWords: Readonly<Record<AuditAction, string>> = {
  "session.created": "Signed in",
  "session.refused": "Sign-in refused",
  "session.revoked": "Session ended",
  "password.changed": "Password changed",
  "password_reset.created": "Reset link made",
  "password_reset.used": "Password reset",
  "password_reset.revoked": "Reset link revoked",
  "user.created": "Account created",
  "user.renamed": "Renamed",
  "user.role_changed": "Role changed",
  "user.disabled": "Person disabled",
  "user.enabled": "Person enabled",
  "user.erasure_started": "Erasure started",
  "user.erased": "Person erased",
  "invitation.created": "Invited",
  "invitation.accepted": "Invitation accepted",
  "invitation.revoked": "Invitation revoked",
  "token.created": "Token created",
  "token.rotated": "Token rotated",
  "token.revoked": "Token revoked",
  "agent.created": "Agent created",
  "agent.changed": "Agent changed",
  "agent.disabled": "Agent disabled",
  "agent.enabled": "Agent enabled",
  "agent.default_changed": "Default agent changed",
  "conversation.read_as_admin": "Conversation read",
  "conversation.deleted": "Conversation deleted",
  "conversations.listed_as_admin": "Conversations listed",
  "conversations.exported": "Conversations exported",
  "audit.exported": "Audit exported",
  "budget.changed": "Budget changed",
  "tenant.created": "Tenant created",
}

const reasonWords: Readonly<Record<NonNullable<AuditVerdict["broken_reason"]>, string>> = {
  content: "it says something else than when it was sealed",
  linkage: "it does not follow the record before it",
  missing: "it is gone",
  tail_missing: "it is gone, and all that came after it",
  head: "the note of how the chain ends was not written by this installation",
  beyond_head: "this installation has not sealed it",
  anchor: "it is another one than was written down",
}

/** Summarises a verification: its finding, and the limits of that finding. */
export function verdictWords(verdict: AuditVerdict): { finding: string; rest: string } {
  const { checked, broken_at_seq: seq, broken_reason: reason } = verdict
  const waiting = waitingWords(verdict.unsealed)
  if (verdict.ok) {
    const finding =
      checked === 0
        ? "There is no sealed record yet."
        : `The chain holds: ${recordWords(checked)}, each as it was sealed.`
    return { finding, rest: waiting }
  }
  const why = reason === undefined ? "it does not hold" : reasonWords[reason]
  const before = checked === 0 ? "" : `What was sealed before it holds: ${recordWords(checked)}.`
  return {
    finding: `The chain is broken at record ${seq?.toLocaleString("en") ?? "unknown"}: ${why}.`,
    rest: [before, waiting].filter((part) => part !== "").join(" "),
  }
}

function recordWords(count: number): string {
  return count === 1 ? "1 record" : `${count.toLocaleString("en")} records`
}

function waitingWords(unsealed: number): string {
  if (unsealed === 0) return "Nothing waits to be sealed."
  return `${recordWords(unsealed)} ${unsealed === 1 ? "waits" : "wait"} to be sealed.`
}

/** Formats the remaining details of a record on one line. */
export function detailWords(detail: Readonly<Record<string, unknown>>): string {
  return Object.entries(detail)
    .map(([name, value]) => `${name.replaceAll("_", " ")}: ${valueWords(value)}`)
    .join(" · ")
}

function valueWords(value: unknown): string {
  if (value === null) return "none"
  if (typeof value === "string") return value
  if (Array.isArray(value)) return value.map((one) => valueWords(one)).join(", ")
  if (typeof value !== "object") return JSON.stringify(value)
  const change = Object.entries(value)
  const [from, to] = [
    change.find(([name]) => name === "from"),
    change.find(([name]) => name === "to"),
  ]
  if (from === undefined || to === undefined || change.length !== 2) return JSON.stringify(value)
  return `${valueWords(from[1])} → ${valueWords(to[1])}`
}
