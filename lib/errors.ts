import type { ErrorCode } from "#lib/protocol/error-codes.ts"

const brand = Symbol.for("studio.app-error")

interface AppErrorDetails {
  /** The request field at fault, for 422. */
  field?: string
  retryAfterSeconds?: number
  /** Extra headers of the answer, in addition to those of its status. */
  headers?: Readonly<Record<string, string>>
  /** Private: logged, never sent to the client. */
  cause?: unknown
}

/**
 * A failure with a closed `code` and a message that may be shown to anyone.
 * Known by its brand, not by `instanceof`: Next bundles its own copy of this module.
 */
export class AppError extends Error {
  readonly code: ErrorCode
  readonly field: string | undefined
  readonly retryAfterSeconds: number | undefined
  readonly headers: Readonly<Record<string, string>> | undefined

  constructor(code: ErrorCode, publicMessage: string, details: AppErrorDetails = {}) {
    super(publicMessage, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = "AppError"
    this.code = code
    this.field = details.field
    this.retryAfterSeconds = details.retryAfterSeconds
    this.headers = details.headers
    Object.defineProperty(this, brand, { value: true })
  }
}

export function isAppError(value: unknown): value is AppError {
  return typeof value === "object" && value !== null && brand in value
}

/** Missing resources and other people's resources get the same answer. */
export function notFound(): AppError {
  return new AppError("not_found", "Not found.")
}

export function invalidField(field: string, message: string): AppError {
  return new AppError("invalid_field", message, { field })
}

export function unavailable(message: string, cause?: unknown): AppError {
  return new AppError("unavailable", message, { retryAfterSeconds: 1, cause })
}

/** This server is shutting down; another one can answer. */
export function draining(): AppError {
  return new AppError("draining", "This server is about to stop. Try again.", {
    retryAfterSeconds: 1,
  })
}
