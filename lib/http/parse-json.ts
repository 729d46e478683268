import { isUtf8 } from "node:buffer"
import { setImmediate as pause } from "node:timers/promises"

import { AppError } from "#lib/errors.ts"
import { limits } from "#lib/protocol/limits.ts"

import { findJsonExcess } from "./json-excess.ts"

/** Bodies up to this size are parsed at once; larger ones would block the event loop for too long. */
const smallBytesMax = 256 * 1024

let lastLarge: Promise<unknown> = Promise.resolve()

/**
 * Parses a JSON body. Large ones are parsed one at a time, in steps that yield to other requests: fifty
 * arriving together would otherwise block this process for seconds.
 * @throws AppError invalid_json, too_deep
 */
export async function parseJsonObject(bytes: Uint8Array): Promise<object> {
  if (bytes.length > smallBytesMax) return await parseInTurn(bytes)
  requireParsable(bytes)
  return toObject(decode(bytes))
}

async function parseInTurn(bytes: Uint8Array): Promise<object> {
  const parsed = lastLarge.then(() => parseInSteps(bytes))
  lastLarge = parsed.catch(() => {})
  return await parsed
}

async function parseInSteps(bytes: Uint8Array): Promise<object> {
  await pause()
  requireParsable(bytes)
  await pause()
  const text = decode(bytes)
  await pause()
  const object = toObject(text)
  // Processing the result takes as long again.
  await pause()
  return object
}

function requireParsable(bytes: Uint8Array): void {
  if (!isUtf8(bytes)) throw new AppError("invalid_json", "The body is not UTF-8.")
  const excess = findJsonExcess(bytes, limits.json)
  if (excess === "depth") {
    throw new AppError("too_deep", `The body nests deeper than ${limits.json.depthMax} levels.`)
  }
  if (excess === "size") {
    throw new AppError(
      "invalid_json",
      "The body has too many fields or values, or too long a name.",
    )
  }
}

function decode(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8")
}

function toObject(text: string): object {
  const value = parse(text)
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new AppError("invalid_json", "The body must be a JSON object.")
  }
  return value
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new AppError("invalid_json", "The body is not JSON.", { cause: parseFault(cause) })
  }
}

/** V8 quotes the body in its message, so only the kind of the error is passed on. */
function parseFault(cause: unknown): Error {
  return new Error(cause instanceof SyntaxError ? "SyntaxError" : "unknown")
}
