import { createHash, randomBytes } from "node:crypto"

/** 256 random bits, so that nobody has to count guesses. Only the hash is stored. */
export function mintLinkSecret(): { secret: string; hash: Buffer } {
  const secret = randomBytes(32).toString("base64url")
  return { secret, hash: hashLinkSecret(secret) }
}

export function hashLinkSecret(secret: string): Buffer {
  return createHash("sha256").update(secret).digest()
}

/** What cannot be the secret of a link costs no query. */
export function isLinkSecret(text: string): boolean {
  return /^[\w-]{43}$/.test(text)
}
