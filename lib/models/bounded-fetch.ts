/** A vendor's answer may hold one line of at most this many bytes: an event is one line. */
export const lineBytesMax = 1024 * 1024
/** And this much in all: far more than ten minutes of tokens. */
export const bodyBytesMax = 64 * 1024 * 1024

/** Next puts its own over this one, with tracing and a cache that a model's answer must not meet. */
const plainFetch = globalThis.fetch

/** `fetch` whose answers cannot fill the memory: a longer line or body ends them with an error. */
export async function boundedFetch(
  input: RequestInfo | URL,
  init?: RequestInit,
): Promise<Response> {
  const response = await plainFetch(input, init)
  if (response.body === null) return response
  let lineBytes = 0
  let bodyBytes = 0
  const bounded = response.body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        const lineEnd = chunk.lastIndexOf(0x0a)
        lineBytes = lineEnd === -1 ? lineBytes + chunk.length : chunk.length - lineEnd - 1
        bodyBytes += chunk.length
        if (lineBytes > lineBytesMax || bodyBytes > bodyBytesMax) {
          controller.error(new Error("The answer is larger than any model's answer may be."))
        } else controller.enqueue(chunk)
      },
    }),
  )
  return new Response(bounded, {
    status: response.status,
    statusText: response.statusText,
    headers: response.headers,
  })
}
