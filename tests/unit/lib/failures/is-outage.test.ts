import fc from "fast-check"
import { describe, expect, test } from "vitest"

import { unavailable } from "#lib/errors.ts"
import { isOutage } from "#lib/failures/is-outage.ts"

const coded = (code: unknown) => Object.assign(new Error("inside"), { code })

describe("an outage", () => {
  test.each([
    // Connection, connection authorization, rollback by the server, resources.
    ["08000", "08006", "08P01", "28P01", "3D000", "40001", "40P01", "53300", "53100"],
    // Locks, cancellation, shutdown, crash, startup, system, standby, idle in transaction.
    ["55P03", "57014", "57P01", "57P02", "57P03", "58030", "25006", "25P03"],
    ["CONNECT_TIMEOUT", "CONNECTION_CLOSED", "CONNECTION_ENDED", "CONNECTION_DESTROYED"],
    ["ECONNREFUSED", "ECONNRESET", "EPIPE", "ETIMEDOUT", "EHOSTUNREACH", "ENETUNREACH"],
    ["ENOTFOUND", "EAI_AGAIN", "ENOENT", "ERR_TLS_CERT_ALTNAME_INVALID", "CERT_HAS_EXPIRED"],
  ])("is %s …", (...codes) => {
    for (const code of codes) {
      expect({ code, is: isOutage(coded(code)) }).toEqual({ code, is: true })
      expect(isOutage(new Error("Failed query", { cause: coded(code) }))).toBe(true)
    }
  })

  test("includes a timeout while waiting for a dependency", () => {
    expect(isOutage(unavailable("This took too long."))).toBe(true)
  })

  test.each(["22P02", "22003", "22021", "23505", "23514", "42P01", "42601", "54000", "54001"])(
    "excludes %s: the request caused it, and a retry would fail again",
    (code) => expect(isOutage(coded(code))).toBe(false),
  )

  test("excludes any other thrown value, and the check never throws", () => {
    fc.assert(
      fc.property(fc.anything(), (thrown) => {
        expect(isOutage(thrown)).toBe(false)
        expect(isOutage(coded(thrown))).toBe(false)
      }),
    )
    expect(isOutage(new TypeError("x is not a function"))).toBe(false)
  })
})
