import { STATUS_CODES } from "node:http"
import type { Duplex } from "node:stream"

import { AppError } from "#lib/errors.ts"
import { failureReply } from "#lib/http/errors.ts"

import { transportSecurity } from "./page-headers.ts"

const faults: Readonly<Record<string, AppError>> = {
  HPE_HEADER_OVERFLOW: new AppError("headers_too_large", "The headers are larger than 16 KiB."),
  ERR_HTTP_REQUEST_TIMEOUT: new AppError("request_timeout", "The request took too long to arrive."),
}
const malformed = new AppError("bad_request", "This is not a valid HTTP request.")

/** Answers a request that the HTTP parser rejected, then closes. */
export function answerBroken(
  error: NodeJS.ErrnoException,
  socket: Duplex,
  options: EndOptions,
): void {
  if (error.code === "ECONNRESET" || !socket.writable) socket.destroy()
  else endWith(socket, faults[error.code ?? ""] ?? malformed, options)
}

interface EndOptions {
  /** The public address uses TLS. */
  isHttps: boolean
}

/** Writes a failure to a socket that has no response object, then closes it. */
export function endWith(socket: Duplex, failure: AppError, { isHttps }: EndOptions): void {
  const { status, headers, body } = failureReply(failure)
  const text = typeof body === "string" ? body : ""
  const lines = Object.entries({
    ...headers,
    ...(isHttps ? { "Strict-Transport-Security": transportSecurity } : {}),
    "Content-Length": String(Buffer.byteLength(text)),
    Connection: "close",
  }).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\n${lines.join("")}\r\n${text}`)
}
