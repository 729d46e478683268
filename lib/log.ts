import pino from "pino"

/**
 * The process's logger: one JSON object a line. Callers never pass secrets or message bodies; the
 * redacted paths below are a second safeguard.
 */
export type Log = pino.Logger

/** @param destination defaults to standard output */
export function createLog(
  level: string,
  name = "studio",
  destination: pino.DestinationStream = pino.destination(1),
): Log {
  const options: pino.LoggerOptions = {
    name,
    level,
    base: { pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: {
      paths: [
        "authorization",
        "cookie",
        "*.authorization",
        "*.cookie",
        "password",
        "*.password",
        "token",
        "*.token",
      ],
      censor: "[redacted]",
    },
    serializers: { err: serializeError },
  }
  return pino(options, destination)
}

const secretPattern = /hq_pat_[0-9A-Za-z]+|(?:sk|key)-[0-9A-Za-z_-]{8,}|Bearer\s+\S+/g

/** Removes anything that looks like a credential from external text. */
export function redact(text: string): string {
  return text.replace(secretPattern, "[redacted]")
}

function serializeError(error: unknown): unknown {
  if (!(error instanceof Error)) return redact(String(error))
  const message = messageOf(error)
  return {
    type: error.name,
    message: redact(message),
    ...("code" in error && typeof error.code === "string" ? { code: error.code } : {}),
    stack: redact(error.stack?.replace(error.message, () => message) ?? ""),
    ...(error.cause === undefined ? {} : { cause: serializeError(error.cause) }),
  }
}

/** Drizzle's messages include the query parameters, such as a session's secret or an email address. */
function messageOf(error: Error): string {
  if (!("params" in error && "query" in error)) return error.message
  return `Failed query: ${typeof error.query === "string" ? error.query : "unknown"}`
}
