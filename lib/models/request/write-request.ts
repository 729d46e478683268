import type { LanguageModelV4, LanguageModelV4CallOptions } from "@ai-sdk/provider"

import { CallFailure } from "#lib/models/answer/call-failure.ts"

/** A request in a provider's words, ready to be sent as often as it has to be. */
export class WrittenRequest extends Error {
  readonly url: string
  readonly headers: Record<string, string>
  readonly body: string

  constructor(url: string, headers: Record<string, string>, body: string) {
    super("a request was written")
    this.name = "WrittenRequest"
    this.url = url
    this.headers = headers
    this.body = body
  }
}

/** The `fetch` of every provider: it sends nothing, and hands the request to `writeRequest`. */
export async function handOver(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const url = input instanceof Request ? input.url : String(input)
  const headers = Object.fromEntries(new Headers(init?.headers))
  const body = typeof init?.body === "string" ? init.body : ""
  await Promise.resolve()
  throw new WrittenRequest(url, headers, body)
}

/**
 * Captures the request that a provider of the AI SDK would send. The provider's own `fetch` throws
 * it, because only there the request is complete: body, headers and address.
 * @throws CallFailure `unwritten` for a history that the provider cannot express
 */
export async function writeRequest(
  model: LanguageModelV4,
  options: LanguageModelV4CallOptions,
): Promise<WrittenRequest> {
  try {
    await model.doStream(options)
  } catch (error) {
    if (error instanceof WrittenRequest) return error
    throw new CallFailure({ kind: "unwritten", cause: error })
  }
  throw new Error("The provider wrote no request.")
}
