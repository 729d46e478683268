import { expect, test } from "vitest"

import { call } from "../../../support/http.ts"
import { addPerson } from "../../../support/people.ts"
import { serveStudio } from "../../../support/studio-server.ts"
import { createTestStudio } from "../../../support/studio.ts"

const schemes = ["http", "https"].flatMap((scheme) =>
  [
    "evil.test",
    "127.0.0.1.evil.test",
    "127.0.0.1",
    "127.0.0.1:1",
    "127.0.0.1:PORT.evil.test",
    "evil-127.0.0.1:PORT",
    "localhost:PORT",
    "LOCALHOST:PORT",
    "127.0.0.1:PORT@evil.test",
    "[::1]:PORT",
    "127.1:PORT",
    "0.0.0.0:PORT",
    "127.0.0.1:PORT/",
  ].map((host) => `${scheme}://${host}`),
)
const origins = ["null", "file://", "*", "chrome-extension://abcdef", ...schemes]

test(`none of ${origins.length} origins, nor our own, is let in to read an answer`, async () => {
  const studio = await createTestStudio()
  const runtime = await studio.start({ role: "web" })
  const server = await serveStudio(runtime)
  const { token } = await addPerson(studio.db, studio.principal.tenantId, { name: "Ann" })
  const { port, origin: own } = new URL(server.url)
  for (const origin of [...origins.map((one) => one.replace("PORT", port)), own]) {
    const read = await call(server.url, "GET", "/v1/api/me", { token, headers: { origin } })
    const preflight = await call(server.url, "OPTIONS", "/v1/api/me", {
      headers: {
        origin,
        "access-control-request-method": "PATCH",
        "access-control-request-headers": "authorization,content-type",
      },
    })
    expect([read.status, preflight.status]).toEqual([200, 204])
    const names = [read, preflight].flatMap((answer) => Object.keys(answer.headers))
    expect(names.filter((name) => name.startsWith("access-control-"))).toEqual([])
  }
  await server.close()
  await studio.stop()
})
