import type { WrittenRequest } from "#lib/models/request/write-request.ts"
import { parseJson } from "#lib/models/wire/json.ts"

import { CallFailure } from "./call-failure.ts"
import { retryAfterInBody, retryAfterMs } from "./retry-after.ts"

/** Next puts its own over this one, with tracing and a cache that a model's answer must not meet. */
const plainFetch = globalThis.fetch

const redirectsMax = 3
/** So much of a refusal is read for its reason. */
const refusalBytesMax = 64 * 1024

interface OpenAnswer {
  contentType: string
  body: ReadableStreamDefaultReader<Uint8Array> | null
}

/**
 * Sends a request and returns the body of a successful response.
 * @throws CallFailure for an error response, with the server's reason, and for a redirect to
 *   another host
 */
export async function openAnswer(
  request: WrittenRequest,
  signal: AbortSignal,
): Promise<OpenAnswer> {
  const address = publicAddress(request.url)
  const response = await send(request, signal, address)
  if (!response.ok) throw await refusal(response, address)
  return {
    contentType: (response.headers.get("content-type") ?? "").toLowerCase(),
    body: response.body?.getReader() ?? null,
  }
}

async function send(
  { url, headers, body }: WrittenRequest,
  signal: AbortSignal,
  address: string,
): Promise<Response> {
  let target = url
  for (let redirects = 0; ; redirects += 1) {
    let response: Response
    try {
      response = await plainFetch(target, {
        method: "POST",
        headers,
        body,
        signal,
        redirect: "manual",
      })
    } catch (cause) {
      signal.throwIfAborted()
      throw new CallFailure({ kind: "unreachable", address, cause })
    }
    if (response.status < 300 || response.status >= 400) return response
    await drop(response)
    const next = placeOf(response.headers.get("location"), target)
    // The key goes to no other host, and a page is no answer to a POST.
    const isSame = next !== null && isSameHost(next, target)
    if ((response.status === 307 || response.status === 308) && isSame) {
      if (redirects < redirectsMax) {
        target = next.href
        continue
      }
    }
    throw new CallFailure({
      kind: "redirected",
      address,
      status: response.status,
      ...(next === null ? {} : { location: publicAddress(next.href) }),
    })
  }
}

function placeOf(location: string | null, base: string): URL | null {
  return location !== null && URL.canParse(location, base) ? new URL(location, base) : null
}

/** The same server, or the same name by https. */
function isSameHost(next: URL, from: string): boolean {
  const before = new URL(from)
  if (next.origin === before.origin) return true
  return (
    next.hostname === before.hostname && before.protocol === "http:" && next.protocol === "https:"
  )
}

async function refusal(response: Response, address: string): Promise<CallFailure> {
  const text = await readStart(response)
  const body = parseJson(text)?.value ?? text
  return new CallFailure({
    kind: "refused",
    status: response.status,
    body,
    contentType: response.headers.get("content-type") ?? "",
    address,
    retryAfterMs: retryAfterMs(response.headers, Date.now()) ?? retryAfterInBody(body),
  })
}

/** A refusal that breaks off, or never ends, still has its status. */
async function readStart(response: Response): Promise<string> {
  const reader = response.body?.getReader()
  if (reader === undefined) return ""
  const decoder = new TextDecoder("utf-8")
  let text = ""
  let bytes = 0
  const timer = setTimeout(() => void reader.cancel().catch(() => {}), 5_000)
  try {
    while (bytes < refusalBytesMax) {
      const next = await reader.read()
      if (next.done) break
      bytes += next.value.length
      text += decoder.decode(next.value, { stream: true })
    }
  } catch {
    // Its beginning says more than why it broke off.
  } finally {
    clearTimeout(timer)
    void reader.cancel().catch(() => {})
  }
  return text
}

async function drop(response: Response): Promise<void> {
  await response.body?.cancel().catch(() => {})
}

/** An address for people: without credentials and without a query. */
export function publicAddress(url: string): string {
  if (!URL.canParse(url)) return "an address that is none"
  const { protocol, host, pathname } = new URL(url)
  return `${protocol}//${host}${pathname}`
}
