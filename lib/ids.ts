import { createHash, randomFillSync } from "node:crypto"

let lastMs = 0
let counter = 0

/** Asking the kernel for a few bytes costs as much as asking for many, so random bytes are pooled. */
const pool = Buffer.alloc(16 * 256)
let poolUsed = pool.length

function random16(): Buffer {
  if (poolUsed === pool.length) {
    randomFillSync(pool)
    poolUsed = 0
  }
  poolUsed += 16
  return pool.subarray(poolUsed - 16, poolUsed)
}

/**
 * Mints a UUID version 7: 48 bits of Unix milliseconds, then a 12 bit counter that keeps ids of one
 * process in order within a millisecond, then 62 random bits.
 * @see RFC 9562, section "UUID Version 7"
 */
export function newId(nowMs: number = Date.now()): string {
  if (nowMs > lastMs) {
    lastMs = nowMs
    counter = 0
  } else if (++counter > 0xfff) {
    lastMs += 1
    counter = 0
  }
  const bytes = random16()
  bytes.writeUIntBE(lastMs, 0, 6)
  bytes[6] = 0x70 | (counter >> 8)
  bytes[7] = counter & 0xff
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f)
  return formatUuid(bytes)
}

/**
 * Derives a UUID (version 8) from texts: the same texts always give the same id.
 * @see RFC 9562, section "UUID Version 8"
 */
export function derivedId(...parts: readonly string[]): string {
  const bytes = createHash("sha256").update(JSON.stringify(parts)).digest().subarray(0, 16)
  bytes[6] = 0x80 | ((bytes[6] ?? 0) & 0x0f)
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f)
  return formatUuid(bytes)
}

/** Formats 16 bytes as a lower-case UUID. */
export function formatUuid(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes).toString("hex")
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** The canonical (lower-case) form of a UUID of any version, or null when the text is not a UUID. */
export function parseId(text: string): string | null {
  if (text.length !== 36) return null
  const lower = text.toLowerCase()
  return uuid.test(lower) ? lower : null
}
