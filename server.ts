import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import type { Duplex } from "node:stream"

import next from "next"

import { noteAddress } from "#lib/addresses/client-address.ts"
import { announceSetup } from "#lib/auth/owner-setup.ts"
import { env } from "#lib/env.ts"
import { AppError, isAppError, notFound } from "#lib/errors.ts"
import { answerBroken, endWith } from "#lib/front/answer-broken.ts"
import { captureConsole } from "#lib/front/capture-console.ts"
import { discardLeftover } from "#lib/front/discard-leftover.ts"
import { dropNextHeaders } from "#lib/front/next-headers.ts"
import { pageHeaders, transportSecurity } from "#lib/front/page-headers.ts"
import { readTarget, type Target } from "#lib/front/read-target.ts"
import {
  findFault,
  headersBytesMax,
  headersMax,
  isWirePath,
  judgePage,
} from "#lib/front/refuse-early.ts"
import { StallGrace } from "#lib/front/stall-grace.ts"
import { failureReply } from "#lib/http/errors.ts"
import { handleNode } from "#lib/http/handle-node.ts"
import { matchRoute } from "#lib/http/handle.ts"
import { writeTo } from "#lib/http/write-to.ts"
import { newId } from "#lib/ids.ts"
import { startRuntime, type StartedRuntime } from "#lib/runtime.ts"

interface ServerOptions {
  dev: boolean
  databaseUrl: string
  /** Upper limit of database connections; the default is as many as are useful. */
  connectionsMax?: number
  /** Null keeps the bus inside this process. */
  redisUrl: string | null
}

interface RunningServer {
  url: string
  /** Ends streams, releases turns and closes; resolves within about 10 s. */
  stop(): Promise<void>
}

/** The Next request handlers; absent in a driver-only process. */
interface Pages {
  readonly isDev: boolean
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  close(): Promise<void>
}

/** When draining, responses still being written are cut after this long. */
const drainLimitMs = 5_000

/** Starts the process's runtime and the Node front before it: limits, upgrades, `/v1`, then Next. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { STUDIO_ROLE: role, HOST: host, PORT: port } = env()
  const runtime = await startRuntime({
    ...options,
    role,
  })
  if (!options.dev) captureConsole(runtime.log)
  const pages = role === "driver" ? null : await openPages(options.dev)
  if (pages !== null) await announceSetup(runtime)
  const server = createFront(runtime, pages, options.dev)
  const bound = await listen(server, host, port)
  // Loads sign-in lazily: pages need it, turns and streams work without it.
  if (pages !== null) prepareSignIn(runtime)
  const name = host === "0.0.0.0" || host === "::" || host === "127.0.0.1" ? "localhost" : host
  return {
    url: `http://${name}:${bound}`,
    stop: () => stop(runtime, server, pages),
  }
}

function prepareSignIn({ signIn, log }: StartedRuntime): void {
  signIn.prepare().catch((error: unknown) => log.warn({ err: error }, "sign-in is not ready yet"))
}

const headersTimeoutMs = 10_000
const requestTimeoutMs = 60_000

/** Creates the HTTP server; the limits on unparsed client input are set here. */
function createFront(runtime: StartedRuntime, pages: Pages | null, dev: boolean): Server {
  const server = createServer({
    maxHeaderSize: headersBytesMax,
    headersTimeout: headersTimeoutMs,
    requestTimeout: requestTimeoutMs,
    connectionsCheckingInterval: 5_000,
    // Longer than the keep-alive of common proxies, so that a proxy never writes into a closing
    // connection.
    keepAliveTimeout: 75_000,
    noDelay: true,
    shouldUpgradeCallback: (request) => request.headers.upgrade?.toLowerCase() === "websocket",
  })
  server.maxHeadersCount = headersMax
  server.on("request", (request, response) => onRequest(runtime, pages, request, response))
  // Ignore unknown `Expect` headers instead of refusing. @see RFC 9110, "Expect"
  server.on("checkExpectation", (request, response) => onRequest(runtime, pages, request, response))
  server.on("upgrade", (request, socket, head) =>
    onUpgrade(runtime, pages, dev, request, socket, head),
  )
  server.on("connect", (_request, socket) => {
    const failure = new AppError("method_not_allowed", "This is not a proxy.")
    endWith(socket, failure, { isHttps: isHttps(runtime) })
  })
  const grace = new StallGrace(server, { headersMs: headersTimeoutMs, requestMs: requestTimeoutMs })
  server.on("clientError", (error, socket) => {
    const refuse = () => answerBroken(error, socket, { isHttps: isHttps(runtime) })
    const isSlow = "code" in error && error.code === "ERR_HTTP_REQUEST_TIMEOUT"
    if (!isSlow || !grace.take(socket, refuse)) refuse()
  })
  return server
}

function onRequest(
  runtime: StartedRuntime,
  pages: Pages | null,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  if (runtime.isDraining()) response.shouldKeepAlive = false
  if (isHttps(runtime)) response.setHeader("Strict-Transport-Security", transportSecurity)
  if (mayHaveLargeBody(request)) discardLeftover(request, response)
  const target = findFault(request) ?? readTarget(request.url ?? "")
  if (isAppError(target)) {
    refuse(runtime, response, target)
    return
  }
  request.url = target.url
  answer(runtime, pages, target, request, response).catch((error: unknown) => {
    runtime.log.error({ err: error }, "a request could not be answered")
    if (response.headersSent) response.destroy()
    else refuse(runtime, response, new AppError("internal", "Something went wrong on our side."))
  })
}

async function answer(
  runtime: StartedRuntime,
  pages: Pages | null,
  { path, isAsSent }: Target,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (pages === null) {
    if (path === "/healthz" || path === "/readyz") await handleNode(runtime, request, response)
    else refuse(runtime, response, notFound())
    return
  }
  if (isWirePath(path)) {
    // Each endpoint has exactly one spelling.
    if (!isAsSent) {
      refuse(runtime, response, notFound())
      return
    }
    const isForNext =
      runtime.env.STUDIO_MOUNT === "next" && matchRoute(request.method ?? "", path).kind === "found"
    if (isForNext) {
      dropNextHeaders(request, { isPage: false, isDev: pages.isDev })
      noteAddress(request, runtime.env.STUDIO_TRUSTED_PROXIES)
      await pages.handle(request, response)
    } else await handleNode(runtime, request, response)
    return
  }
  const kind = judgePage(request.method ?? "", path, pages.isDev)
  if (isAppError(kind)) {
    refuse(runtime, response, kind)
    return
  }
  dropNextHeaders(request, { isPage: kind === "page", isDev: pages.isDev })
  const headers = pageHeaders(path, { isDev: pages.isDev, isHttps: isHttps(runtime) })
  response.setHeaders(headers)
  response.setHeader("X-Request-Id", newId())
  // Next takes the nonce of its scripts from this header; a client's value must not survive.
  delete request.headers["content-security-policy-report-only"]
  request.headers["content-security-policy"] = headers.get("Content-Security-Policy")
  noteAddress(request, runtime.env.STUDIO_TRUSTED_PROXIES)
  await pages.handle(request, response)
}

function isHttps(runtime: StartedRuntime): boolean {
  return runtime.env.STUDIO_PUBLIC_URL?.startsWith("https://") === true
}

function refuse(runtime: StartedRuntime, response: ServerResponse, failure: AppError): void {
  const reply = failureReply(failure)
  const headers =
    failure.code === "method_not_allowed"
      ? { Allow: "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS", ...reply.headers }
      : reply.headers
  response.shouldKeepAlive = false
  writeTo(runtime, { ...reply, headers }, response, newId())
}

function mayHaveLargeBody({ headers }: IncomingMessage): boolean {
  return (
    headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 65_536
  )
}

/** The development server's own WebSocket is the only known upgrade. */
function onUpgrade(
  runtime: StartedRuntime,
  pages: Pages | null,
  dev: boolean,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): void {
  socket.on("error", (error) => runtime.log.debug({ err: error }, "a socket broke on upgrade"))
  if (!dev || pages === null || request.url?.startsWith("/_next/hmr") !== true) {
    endWith(socket, notFound(), { isHttps: isHttps(runtime) })
    return
  }
  pages.upgrade(request, socket, head)
}

async function openPages(dev: boolean): Promise<Pages> {
  // Next attaches its upgrade listener to the server it is given. It gets one that never listens,
  // and upgrades are emitted on it: `getUpgradeHandler` of a custom server does nothing.
  const known = createServer()
  const app = next({ dev, dir: import.meta.dirname, httpServer: known })
  await app.prepare()
  const handle = app.getRequestHandler()
  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (!known.emit("upgrade", request, socket, head)) socket.destroy()
  }
  return { isDev: dev, handle, upgrade, close: () => app.close() }
}

/** @throws Error that names HOST or PORT */
function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const refuse = (error: Error & { code?: string }) =>
      reject(
        new Error(listenFault(error.code ?? "", host, port) ?? error.message, { cause: error }),
      )
    server.once("error", refuse)
    server.listen({ host, port, backlog: 4_096 }, () => {
      server.off("error", refuse)
      const address = server.address()
      resolve(typeof address === "object" && address !== null ? address.port : port)
    })
  })
}

function listenFault(code: string, host: string, port: number): string | undefined {
  const faults: Record<string, string> = {
    EADDRINUSE: `Port ${port} is taken. Stop the process that uses it, or choose another: PORT=3001`,
    EACCES: `This user may not listen on port ${port}; choose a PORT of 1024 or more.`,
    EADDRNOTAVAIL: `HOST is ${host}, which is no address of this machine.`,
    ENOTFOUND: `HOST is ${host}, which is not known.`,
    EAI_AGAIN: `HOST is ${host}, which is not known.`,
    EINVAL: `HOST is ${host}, which cannot be listened on.`,
  }
  return faults[code]
}

/** Ends streams at once, lets responses finish, then finishes or releases turns. */
async function stop(runtime: StartedRuntime, server: Server, pages: Pages | null): Promise<void> {
  runtime.drain()
  const cut = setTimeout(() => server.closeAllConnections(), drainLimitMs)
  await new Promise<void>((resolve) => server.close(() => resolve()))
  clearTimeout(cut)
  await runtime.stop()
  await pages?.close()
}
