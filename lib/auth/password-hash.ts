import { argon2, randomBytes, timingSafeEqual, type Argon2Parameters } from "node:crypto"
import { promisify } from "node:util"

export const passwordLimits = { charactersMin: 8, charactersMax: 256 } as const

/** Cost of a hash: KiB of memory, passes, lanes. */
type Cost = Pick<Argon2Parameters, "memory" | "passes" | "parallelism">

/**
 * OWASP's minimum for Argon2id. At most four hashes run at once, so memory stays small.
 * @see https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html
 */
const cost: Cost = { memory: 19 * 1024, passes: 2, parallelism: 1 }
const saltBytes = 16
const keyBytes = 32
/** @see https://github.com/P-H-C/phc-string-format */
const phc =
  /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,2})\$([\w+/]{11,86})\$([\w+/]{22,86})$/

const derive = promisify(argon2)

/** Hashes the whole password, independent of the Unicode form of its accents. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(saltBytes)
  const key = await deriveKey(password, salt, keyBytes, cost)
  return `${prefixOf(cost)}$${unpadded(salt)}$${unpadded(key)}`
}

/** Verifies a password in constant time. */
export async function isPassword(password: string, hash: string): Promise<boolean> {
  const parts = phc.exec(hash)
  // Older hashes use the sign-in library's own format, scrypt.
  if (parts === null) {
    const { verifyPassword } = await import("better-auth/crypto")
    return await verifyPassword({ password, hash })
  }
  const [, memory, passes, parallelism, salt = "", key = ""] = parts
  const expected = Buffer.from(key, "base64")
  const given = await deriveKey(password, Buffer.from(salt, "base64"), expected.length, {
    memory: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
  })
  return timingSafeEqual(given, expected)
}

/** Whether a hash uses an older algorithm or cost than new ones. */
export function isOutdated(hash: string): boolean {
  return !hash.startsWith(`${prefixOf(cost)}$`)
}

function deriveKey(
  password: string,
  salt: Uint8Array,
  tagLength: number,
  { memory, passes, parallelism }: Cost,
): Promise<Buffer> {
  const message = password.normalize("NFKC")
  return derive("argon2id", { message, nonce: salt, tagLength, memory, passes, parallelism })
}

function prefixOf({ memory, passes, parallelism }: Cost): string {
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}`
}

function unpadded(bytes: Buffer): string {
  return bytes.toString("base64").replace(/=+$/, "")
}
