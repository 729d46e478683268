import { AppError } from "#lib/errors.ts"
import { idempotencyKey } from "#lib/protocol/messages.ts"

import { header, type Call } from "../call.ts"

/** A structured-field string: printable ASCII in quotes, with `\\` escaping quotes and itself. */
const quoted = /^"((?:[ !#-[\]-~]|\\["\\])*)"$/

/**
 * The idempotency key of a request, from the body or the `Idempotency-Key` header, where a quoted and a
 * bare key are equivalent.
 * @throws AppError invalid_header; idempotency_key_mismatch when they differ
 * @see https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
 */
export function settleKey(
  call: Pick<Call, "headers">,
  inBody: string | null | undefined,
): string | null {
  const sent = header(call, "idempotency-key")
  if (sent === undefined) return inBody ?? null
  const inHeader = unquote(sent.trim())
  if (inHeader === null || !idempotencyKey.safeParse(inHeader).success) {
    throw new AppError(
      "invalid_header",
      "Idempotency-Key must be 1 to 255 printable ASCII characters, bare or in one pair of quotes.",
    )
  }
  if (typeof inBody === "string" && inBody !== inHeader) {
    throw new AppError(
      "idempotency_key_mismatch",
      "The body and the header Idempotency-Key name different keys.",
    )
  }
  return inHeader
}

/** @returns null for unterminated quotes or invalid escapes */
function unquote(text: string): string | null {
  if (!text.startsWith('"') && !text.endsWith('"')) return text
  return quoted.exec(text)?.[1]?.replace(/\\(.)/g, "$1") ?? null
}
