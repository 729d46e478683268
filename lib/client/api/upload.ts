import type { SentShare } from "#lib/transcript/reduce-events.ts"

import { toAnswer, unreachable, type callApi } from "./api.ts"
import { ownUserHeaders } from "./own-user.ts"

/**
 * As `callApi`, and tells how much has left: `fetch` does not.
 * @throws ApiError for every failure, also when no answer came
 */
export function uploadTo(onProgress: (share: SentShare) => void): typeof callApi {
  return async (method, path, options) => {
    const { body, signal, timeoutMs = 15_000 } = options ?? {}
    signal?.throwIfAborted()
    const request = new XMLHttpRequest()
    request.open(method, path)
    request.timeout = timeoutMs
    for (const [name, value] of Object.entries(ownUserHeaders())) {
      request.setRequestHeader(name, value)
    }
    request.setRequestHeader("content-type", "application/json")
    request.upload.addEventListener("progress", ({ loaded, total }) =>
      onProgress(loaded < total ? loaded / total : null),
    )
    const abort = () => request.abort()
    signal?.addEventListener("abort", abort)
    const ended = new Promise((resolve) => request.addEventListener("loadend", resolve))
    request.send(JSON.stringify(body))
    await ended
    signal?.removeEventListener("abort", abort)
    signal?.throwIfAborted()
    // Cut off, timed out: no answer came.
    if (request.status === 0) throw unreachable()
    return toAnswer(request.status, request.responseText, request.getResponseHeader("retry-after"))
  }
}
