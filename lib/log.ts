import pino from "pino"

/**
 * The process's logger: one JSON object a line. Nothing that is a secret or a message body is ever
 * passed to it; the paths below are a second net.
 */
export type Log = pino.Logger

export function createLog(level: string, name = "studio"): Log {
  return pino({
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
  })
}

const secretPattern = /hq_pat_[0-9A-Za-z]+|(?:sk|key)-[0-9A-Za-z_-]{8,}|Bearer\s+\S+/g

/** Removes what looks like a credential from a text that came from outside. */
export function redact(text: string): string {
  return text.replace(secretPattern, "[redacted]")
}

function serializeError(error: unknown): unknown {
  if (!(error instanceof Error)) return redact(String(error))
  return {
    type: error.name,
    message: redact(error.message),
    ...("code" in error && typeof error.code === "string" ? { code: error.code } : {}),
    stack: error.stack === undefined ? undefined : redact(error.stack),
    ...(error.cause === undefined ? {} : { cause: serializeError(error.cause) }),
  }
}
