import { z } from "zod"

import { attachmentRef, eventKinds } from "./events.ts"
import { limits } from "./limits.ts"
import { choice, lenientText, naturalNumber, wholeNumber } from "./query-values.ts"
import { isBlank, storableText } from "./texts.ts"
import { isTimeZone, timeZoneCharactersMax } from "./time-zone.ts"

const turnSources = ["web", "extension", "slack", "api"] as const

const printableAscii = /^[\x20-\x7e]+$/

export const idempotencyKey = z
  .string()
  .min(1)
  .max(limits.idempotencyKeyCharactersMax, { abort: true })
  .regex(printableAscii, "must be printable ASCII")

const attachmentUpload = z.union([
  z.object({
    filename: storableText(limits.filenameCharactersMax).min(1),
    content_type: z.string().min(1).max(255),
    data_b64: z.string().describe("Canonical base64 (RFC 4648, section 4), padded."),
    document_id: z.null().optional(),
  }),
  z.object({ document_id: z.string(), data_b64: z.null().optional() }),
])
export type AttachmentUpload = z.infer<typeof attachmentUpload>

/** The body of a submit. Unknown fields are ignored. */
export const submitBody = z
  .object({
    text: storableText(limits.textCharactersMax),
    attachments: z.array(attachmentUpload).max(limits.attachmentsMax).nullish(),
    browser_session: z.boolean().nullish(),
    idempotency_key: idempotencyKey.nullish(),
    identity: z.unknown().optional().describe("Claims by the caller; stored but never trusted."),
    turn_source: z.enum(turnSources).nullish(),
    time_zone: z
      .string()
      .refine(isTimeZone, "must be an IANA time zone, for example Europe/Berlin")
      .meta({ maxLength: timeZoneCharactersMax, examples: ["Europe/Berlin"] })
      .describe("The person's time zone; stored with the person, not with the message.")
      .nullish(),
  })
  .refine((body) => (body.attachments?.length ?? 0) > 0 || !isBlank(body.text), {
    path: ["text"],
    message: "must not be blank without an attachment",
  })
export type SubmitBody = z.infer<typeof submitBody>

export const accepted = z.object({
  accepted: z.literal(true),
  idempotent: z.boolean(),
  stream_url: z.string(),
  turn_id: z.uuid(),
  message_id: z.uuid(),
  queued_behind: z.int(),
})
export type Accepted = z.infer<typeof accepted>

/** One journal row in the form of `GET …/messages`. */
const journalEntry = z.object({
  id: z.uuid(),
  seq: z.int(),
  first_seq: z.int(),
  direction: z.enum(["inbound", "outbound"]),
  kind: z.enum(eventKinds).describe("The event name."),
  payload: z.record(z.string(), z.unknown()),
  created_at: z.iso.datetime(),
  turn_id: z.uuid().optional(),
  author: z.object({ name: z.string(), avatar_url: z.string().optional() }).optional(),
})

export const journalEntries = z.array(journalEntry)

export const interruptBody = z.object({ turn_id: z.guid().nullish() })
export const interrupted = z.object({ stopped: z.boolean() })

export const nudgeBody = z.object({
  text: storableText(limits.textCharactersMax).refine(
    (text) => !isBlank(text),
    "must not be blank",
  ),
  idempotency_key: idempotencyKey.nullish(),
})
export const nudged = z.object({ buffered: z.boolean(), pending_count: z.int() })

export const withdrawn = z.object({
  withdrawn: z.literal(true),
  text: z.string(),
  attachments: z.array(attachmentRef),
})

export const journalQuery = z.object({
  since_seq: naturalNumber("Strictly after this seq."),
  before_seq: naturalNumber("Events before this seq; without `since_seq` the latest of them."),
  turn_id: z.guid().optional().meta({ once: true }),
  direction: choice(["inbound", "outbound"]),
  limit: wholeNumber(`Rows at most: 1 to ${limits.journalPageMax}, which is the default.`),
  view: lenientText("`admin`: any conversation of the tenant, for administrators."),
})

export const streamQuery = z.object({
  since_seq: lenientText("Where to resume when there is no `Last-Event-ID`; 0 = from the start."),
  scope: lenientText("`text`, `tools` (default) or `full`."),
  view: lenientText("`admin`: read-only, for administrators."),
})

export const userStreamQuery = z.object({
  since: z
    .string()
    .max(8_000)
    .optional()
    .meta({ once: true })
    .describe(
      `Conversations to follow: \`<conversation>:<seq>\` joined by commas, at most ${limits.followedConversationsMax}.`,
    ),
  scope: lenientText("`text`, `tools` (default) or `full`."),
})

export const viewQuery = z.object({
  view: lenientText("`admin`: any conversation of the tenant, for administrators."),
})
