import type { IncomingMessage, ServerResponse } from "node:http"

import { clientAddress, isForwarded } from "#lib/addresses/client-address.ts"
import { newId } from "#lib/ids.ts"
import type { Runtime } from "#lib/runtime.ts"

import type { Call } from "./call.ts"
import { handle } from "./handle.ts"
import { NodeBody } from "./read-node-body.ts"
import { writeTo } from "./write-to.ts"

const noQuery = new URLSearchParams()

/** Serves the wire contract directly on node:http. */
export async function handleNode(
  runtime: Runtime,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = request.url ?? "/"
  const mark = url.indexOf("?")
  const call: Call = {
    runtime,
    mount: "front",
    method: request.method ?? "GET",
    path: mark < 0 ? url : url.slice(0, mark),
    query: mark < 0 ? noQuery : new URLSearchParams(url.slice(mark + 1)),
    headers: request.headers,
    body: new NodeBody(request),
    requestId: newId(),
    remoteAddress: clientAddress(request, runtime.env.STUDIO_TRUSTED_PROXIES),
    cameDirectly: () => !isForwarded(request),
  }
  writeTo(runtime, await handle(call), response, call.requestId)
}
