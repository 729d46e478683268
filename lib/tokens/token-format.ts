import { createHash, randomBytes } from "node:crypto"
import { crc32 } from "node:zlib"

const prefix = "hq_pat_"
const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
const randomCharacters = 40
const checksumCharacters = 6
/** Longer texts cannot be tokens and are rejected unread. */
const textMax = 128
const shape = new RegExp(`^${prefix}[0-9A-Za-z]{${randomCharacters + checksumCharacters}}$`)

/**
 * Mints a personal access token: `hq_pat_`, 40 random base62 characters (238 bits), and a checksum of
 * 6, which rejects mistyped or invented tokens without a database query.
 */
export function mintToken(): string {
  const body = prefix + randomBase62(randomCharacters)
  return body + checksumOf(body)
}

/** Whether the text has a token's format and a valid checksum. */
export function checkToken(text: string): boolean {
  if (text.length > textMax || !shape.test(text)) return false
  const body = text.slice(0, -checksumCharacters)
  return text.slice(-checksumCharacters) === checksumOf(body)
}

/** The displayable part of a token: the prefix and four characters. */
export function startOf(text: string): string {
  return text.slice(0, prefix.length + 4)
}

/** The stored form of a token. */
export function hashToken(text: string): Buffer {
  return createHash("sha256").update(text).digest()
}

/**
 * Discards bytes of 248 and more: 256 is no multiple of 62, so the first 8 characters would be more
 * frequent.
 */
function randomBase62(length: number): string {
  let text = ""
  while (text.length < length) {
    for (const byte of randomBytes(length)) {
      if (byte < 248 && text.length < length) text += alphabet.charAt(byte % 62)
    }
  }
  return text
}

function checksumOf(body: string): string {
  let rest = crc32(body)
  let text = ""
  for (let place = 0; place < checksumCharacters; place++) {
    text = alphabet.charAt(rest % 62) + text
    rest = Math.floor(rest / 62)
  }
  return text
}
