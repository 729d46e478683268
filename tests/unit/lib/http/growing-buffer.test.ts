import fc from "fast-check"
import { expect, test, vi } from "vitest"

import { GrowingBuffer } from "#lib/http/growing-buffer.ts"

const kibibyte = 1024

test("returns the appended bytes, for any chunks and any announced length", () => {
  const pieces = fc.array(fc.integer({ min: 0, max: 300 * kibibyte }), { maxLength: 12 })
  fc.assert(
    fc.property(pieces, fc.integer({ min: 0, max: 4096 * kibibyte }), (sizes, promised) => {
      const kept = new GrowingBuffer(promised)
      const chunks = sizes.map((size, at) => Buffer.alloc(size, at + 1))
      for (const chunk of chunks) kept.append(chunk)
      expect(kept.take().equals(Buffer.concat(chunks))).toBe(true)
    }),
    { numRuns: 60 },
  )
})

test("grows with received bytes, not with the announced length", () => {
  const allocate = vi.spyOn(Buffer, "allocUnsafeSlow")
  const kept = new GrowingBuffer(16 * 1024 * kibibyte)
  kept.append(Buffer.alloc(1))
  expect(allocate).not.toHaveBeenCalled()
  for (let at = 0; at < 40; at++) kept.append(Buffer.alloc(64 * kibibyte))
  expect(allocate.mock.calls.map(([bytes]) => bytes / kibibyte)).toEqual([512, 1024, 2048, 4096])
  allocate.mockRestore()
})

test("has the exact size when the length is known", () => {
  const kept = new GrowingBuffer(700 * kibibyte)
  for (let at = 0; at < 7; at++) kept.append(Buffer.alloc(100 * kibibyte))
  expect(kept.take().buffer.byteLength).toBe(700 * kibibyte)
})
