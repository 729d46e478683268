import { cameDirectly, readAddress } from "#lib/addresses/client-address.ts"
import { newId } from "#lib/ids.ts"
import { getRuntime, type Runtime } from "#lib/runtime.ts"

import type { Call } from "./call.ts"
import { handle } from "./handle.ts"
import { WebBody } from "./read-web-body.ts"
import { toResponse } from "./to-response.ts"

/** Serves the wire contract as a web handler, which every Next route handler under `app/` exports. */
export async function handleRequest(request: Request): Promise<Response> {
  return await answerRequest(await getRuntime(), request)
}

/** `handleRequest` with a given runtime. */
export async function answerRequest(runtime: Runtime, request: Request): Promise<Response> {
  const url = new URL(request.url)
  const call: Call = {
    runtime,
    mount: "next",
    method: request.method,
    path: url.pathname,
    query: url.searchParams,
    headers: Object.fromEntries(request.headers),
    body: new WebBody(request),
    requestId: newId(),
    remoteAddress: readAddress(request.headers),
    cameDirectly: () => cameDirectly(request.headers),
  }
  return toResponse(runtime, await handle(call), call.requestId, call.method)
}
