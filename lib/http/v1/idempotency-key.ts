import { AppError } from "#lib/errors.ts"
import { idempotencyKey } from "#lib/protocol/messages.ts"

import { header, type Call } from "../call.ts"

/**
 * The idempotency key of a request, which may come in the body or in the header `Idempotency-Key`.
 * @throws AppError invalid_header; idempotency_key_mismatch when they differ
 */
export function settleKey(call: Call, inBody: string | null | undefined): string | null {
  const inHeader = header(call, "idempotency-key")
  if (inHeader === undefined) return inBody ?? null
  if (!idempotencyKey.safeParse(inHeader).success) {
    throw new AppError(
      "invalid_header",
      "Idempotency-Key must be 1 to 255 printable ASCII characters.",
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
