import { createHash, randomBytes } from "node:crypto"

/** 256 random bits, so guesses need no rate limit. Only the hash is stored. */
export function mintLinkSecret(): { secret: string; hash: Buffer } {
  const secret = randomBytes(32).toString("base64url")
  return { secret, hash: hashLinkSecret(secret) }
}

export function hashLinkSecret(secret: string): Buffer {
  return createHash("sha256").update(secret).digest()
}

/** Rejects malformed secrets without a query. */
export function isLinkSecret(text: string): boolean {
  return /^[\w-]{43}$/.test(text)
}
