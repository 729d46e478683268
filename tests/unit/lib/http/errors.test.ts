import { describe, expect, test } from "vitest"

import { AppError } from "#lib/errors.ts"
import { isOutage } from "#lib/failures/is-outage.ts"
import { toAppError } from "#lib/failures/to-app-error.ts"
import { failureReply, statusOf } from "#lib/http/errors.ts"
import type { Reply } from "#lib/http/reply.ts"
import { errorCodes } from "#lib/protocol/error-codes.ts"

const textOf = ({ body }: Reply) => (typeof body === "string" ? body : "")

test("every code has an error status", () => {
  for (const code of errorCodes) expect(statusOf[code]).toBeGreaterThanOrEqual(400)
})

test("a failure has a sentence, a code and a field, and is never cached", () => {
  const reply = failureReply(
    new AppError("invalid_field", "No.", { field: "text", cause: "secret" }),
  )
  expect(reply.status).toBe(422)
  expect(JSON.parse(textOf(reply))).toEqual({
    error: "No.",
    code: "invalid_field",
    field: "text",
  })
  expect(reply.headers).toMatchObject({ "Cache-Control": "no-store" })
})

test("401 names the remedy; 429 and 503 have Retry-After", () => {
  const unauthorized = failureReply(new AppError("unauthorized", "No."))
  expect(unauthorized.headers["WWW-Authenticate"]).toBe('Bearer error="invalid_token"')
  const busy = failureReply(new AppError("queue_full", "No.", { retryAfterSeconds: 4.2 }))
  expect(busy.headers["Retry-After"]).toBe("5")
  expect(failureReply(new AppError("unavailable", "No.")).headers["Retry-After"]).toBe("1")
})

describe("thrown errors", () => {
  const coded = (code: string) => Object.assign(new Error("inside"), { code })

  test.each(["ECONNREFUSED", "CONNECT_TIMEOUT", "CONNECTION_CLOSED", "57P01", "57P03", "53300"])(
    "%s is 503: a dependency is down",
    (code) => {
      expect(toAppError(coded(code)).code).toBe("unavailable")
    },
  )

  test.each(["57014", "55P03", "25006", "53100", "40001", "40P01", "08006"])(
    "SQLSTATE %s is 503, even wrapped by a library",
    (code) => {
      const wrapped = new Error("Failed query", {
        cause: new Error("again", { cause: coded(code) }),
      })
      expect(toAppError(wrapped).code).toBe("unavailable")
    },
  )

  test("any other error is 500 without details", () => {
    const failure = toAppError(coded("23505"))
    expect(failure.code).toBe("internal")
    expect(failureReply(failure).body).not.toContain("inside")
  })

  test("our own error keeps its code, even from another copy of its module", () => {
    const foreign = Object.defineProperty(
      { code: "not_found", message: "Not found." },
      Symbol.for("studio.app-error"),
      { value: true },
    )
    expect(toAppError(foreign)).toBe(foreign)
  })

  test("a circular cause chain terminates", () => {
    const error = new Error("round")
    error.cause = error
    expect(isOutage(error)).toBe(false)
  })
})
