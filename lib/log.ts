import pino from "pino"

/**
 * The process's logger: one JSON object a line. Nothing that is a secret or a message body is ever
 * passed to it; the paths below are a second net.
 */
export type Log = pino.Logger

/** @param destination standard output, unless given */
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

/** Removes what looks like a credential from a text that came from outside. */
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

/** Drizzle's says what a query was given: the secret of a session, an address of mail. */
function messageOf(error: Error): string {
  if (!("params" in error && "query" in error)) return error.message
  return `Failed query: ${typeof error.query === "string" ? error.query : "unknown"}`
}
