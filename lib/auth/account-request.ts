import { readAddress } from "#lib/addresses/client-address.ts"
import { AppError } from "#lib/errors.ts"
import { toAppError } from "#lib/failures/to-app-error.ts"
import type { ErrorCode } from "#lib/protocol/error-codes.ts"
import type { Failure } from "#lib/protocol/failures.ts"
import type { Runtime } from "#lib/runtime.ts"

import { isFromOwnPage } from "./own-page.ts"

/** The largest request an account endpoint reads: names and passwords are short. */
const bodyBytesMax = 16 * 1024

/** Longer than any address of mail. @see RFC 5321, "Size Limits and Minimums" */
const storableCharactersMax = 1_000

const statuses: Partial<Record<ErrorCode, number>> = {
  invalid_json: 400,
  unauthorized: 401,
  account_disabled: 403,
  cross_site: 403,
  setup_closed: 403,
  not_found: 404,
  invitation_over: 409,
  reset_over: 409,
  address_taken: 409,
  too_large: 413,
  unsupported_media_type: 415,
  invalid_field: 422,
  rate_limited: 429,
  unavailable: 503,
}

/** Runs one account endpoint; what it throws becomes the ordinary error answer. */
export async function answerAccount(
  runtime: Pick<Runtime, "log">,
  run: () => Promise<Response>,
): Promise<Response> {
  try {
    return await run()
  } catch (thrown) {
    const failure = toAppError(thrown)
    const { code, cause } = failure
    if (cause !== undefined) runtime.log.error({ code, err: cause }, "an account endpoint failed")
    return failureResponse(failure)
  }
}

export function failureResponse(error: AppError): Response {
  const body: Failure = {
    error: error.message,
    code: error.code,
    ...(error.field === undefined ? {} : { field: error.field }),
  }
  return Response.json(body, {
    status: statuses[error.code] ?? 500,
    headers: {
      "cache-control": "no-store",
      ...(error.retryAfterSeconds === undefined
        ? {}
        : { "retry-after": String(error.retryAfterSeconds) }),
    },
  })
}

/**
 * Only our own pages may call an account endpoint: another site's form or script is told so. With a
 * public address only those under it: its cookie is no use under another.
 * @throws AppError cross_site
 */
export function requireOwnPage(runtime: Runtime, headers: Headers): void {
  const { STUDIO_PUBLIC_URL: publicUrl } = runtime.env
  if (!isFromOwnPage((name) => headers.get(name), publicUrl)) {
    throw new AppError("cross_site", "This can only be done from the Studio's own pages.")
  }
  const home = publicUrl === undefined ? null : new URL(publicUrl).origin
  const origin = headers.get("origin") ?? home
  if (home !== null && origin !== home) {
    throw new AppError("cross_site", `This Studio is at ${home}. Open it there to go on.`)
  }
}

/**
 * The JSON object of a request, read up to its limit.
 * @throws AppError unsupported_media_type, too_large, invalid_json
 */
export async function readJsonObject(request: Request): Promise<Record<string, unknown>> {
  if (!/^application\/json\b/i.test(request.headers.get("content-type") ?? "")) {
    throw new AppError("unsupported_media_type", "Send application/json.")
  }
  const text = await readText(request)
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  throw new AppError("invalid_json", "The body is not a JSON object.")
}

async function readText(request: Request): Promise<string> {
  const decoder = new TextDecoder()
  let text = ""
  let bytes = 0
  for await (const chunk of request.body ?? []) {
    bytes += chunk.byteLength
    if (bytes > bodyBytesMax) throw new AppError("too_large", "The request is too large.")
    text += decoder.decode(chunk, { stream: true })
  }
  return text + decoder.decode()
}

export function textField(body: Record<string, unknown>, field: string): string {
  const value = body[field]
  if (typeof value === "string") return value
  throw new AppError("invalid_field", `${field} must be text.`, { field })
}

/**
 * A box of a form: absent when it is not ticked.
 * @throws AppError invalid_field
 */
export function tickedField(body: Record<string, unknown>, field: string): boolean {
  const value = body[field] ?? false
  if (typeof value === "boolean") return value
  if (value === "true" || value === "false") return value === "true"
  throw new AppError("invalid_field", `${field} must be true or false.`, { field })
}

/** A text that is looked up or recorded as it is. @throws AppError invalid_field */
export function storableField(body: Record<string, unknown>, field: string): string {
  const text = textField(body, field)
  if (text.length <= storableCharactersMax && text.isWellFormed() && !text.includes("\0"))
    return text
  throw new AppError("invalid_field", `${field} is not valid.`, { field })
}

/** The address the browser used, whatever the server in front calls itself. */
export function asBrowserSawIt(request: Request, publicUrl: string | undefined): URL {
  const url = new URL(request.url)
  const host = request.headers.get("host")
  return new URL(url.pathname, publicUrl ?? (host === null ? url.origin : `http://${host}`))
}

/** The address a request came from; null under plain `next start`, where nobody knows. */
export function addressOf(request: Request): string | null {
  return readAddress(request.headers) || null
}
