import { afterEach, expect, test, vi } from "vitest"

import { randomUuid } from "#lib/client/random-uuid.ts"

afterEach(() => vi.unstubAllGlobals())

test("an insecure origin, where browsers provide none, gets UUIDs too", () => {
  vi.stubGlobal("crypto", {
    getRandomValues: (bytes: Uint8Array) => globalThis.structuredClone(bytes.fill(0xab)),
  })
  expect(randomUuid()).toBe("abababab-abab-4bab-8bab-abababababab")
})
