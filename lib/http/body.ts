import { AppError, isAppError } from "#lib/errors.ts"
import { limits } from "#lib/protocol/limits.ts"
import type { BodyShare } from "#lib/rates/body-budget.ts"

import { header, type Call } from "./call.ts"
import { parseJsonObject } from "./parse-json.ts"

const jsonType = /^application\/json[\t ]*(?:;[\t ]*charset[\t ]*=[\t ]*"?utf-8"?[\t ]*)?$/i

interface BodyRules {
  /** An empty body then counts as `{}`, regardless of its type. */
  isOptional: boolean
  bytesMax: number
  /** This request's share of the memory budget for bodies. */
  share: BodyShare
}

/**
 * Reads a JSON body: an object of at most 32 levels, in strict UTF-8.
 * @throws AppError invalid_json, too_large, unsupported_media_type, too_deep, rate_limited, unavailable
 */
export async function readJsonBody(call: Call, rules: BodyRules): Promise<object> {
  const { isOptional } = rules
  const isEmpty = header(call, "content-length") === "0" || !hasBody(call)
  if (isOptional && isEmpty) return {}
  requireJson(call)
  const bytes = await readBytes(call, rules)
  if (isOptional && bytes.length === 0) return {}
  return await parseJsonObject(bytes)
}

function hasBody(call: Call): boolean {
  return (
    call.headers["content-length"] !== undefined || call.headers["transfer-encoding"] !== undefined
  )
}

function requireJson(call: Call): void {
  const encoding = header(call, "content-encoding")
  if (encoding !== undefined && encoding.trim().toLowerCase() !== "identity") {
    throw new AppError("unsupported_media_type", "Send the body without Content-Encoding.")
  }
  if (!jsonType.test(header(call, "content-type")?.trim() ?? "")) {
    throw new AppError("unsupported_media_type", "Send the body as Content-Type: application/json.")
  }
}

async function readBytes(call: Call, { bytesMax, share }: BodyRules): Promise<Uint8Array> {
  const promised = Number(header(call, "content-length") ?? 0)
  // An oversized body is refused for its size below.
  if (promised <= bytesMax) share.announce(promised)
  let bytes: Uint8Array | null
  try {
    bytes = await call.body.read(bytesMax, limits.discardBytesMax, (count) => share.add(count))
  } catch (cause) {
    if (isAppError(cause)) throw cause
    throw new AppError("bad_request", "The body ended early.", { cause })
  }
  if (bytes === null)
    throw new AppError("too_large", `The body is larger than ${sizeOf(bytesMax)}.`)
  return bytes
}

function sizeOf(bytes: number): string {
  const kibibytes = bytes / 1024
  return kibibytes < 1024 ? `${kibibytes} KiB` : `${kibibytes / 1024} MiB`
}
