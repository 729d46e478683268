import { hashPassword as hashWithScrypt } from "better-auth/crypto"
import { expect, test } from "vitest"

import { hashPassword, isOutdated, isPassword } from "#lib/auth/password-hash.ts"

test("a password is hashed with Argon2id at OWASP's parameters, with a fresh salt", async () => {
  const hashes = [await hashPassword("a sentence"), await hashPassword("a sentence")]
  for (const hash of hashes) {
    expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/)
    expect(isOutdated(hash)).toBe(false)
    expect(await isPassword("a sentence", hash)).toBe(true)
    expect(await isPassword("a sentence ", hash)).toBe(false)
  }
  expect(hashes[0]).not.toBe(hashes[1])
})

test.each([
  ["beyond 72 bytes", "x".repeat(255), "x".repeat(254)],
  ["after a NUL", "a\u0000b", "a\u0000c"],
  ["in an emoji", "🗝️ key 🔑", "🗝️ key 🔒"],
])("every character counts, including those %s", async (_where, right, wrong) => {
  const hash = await hashPassword(right)
  expect(await isPassword(right, hash)).toBe(true)
  expect(await isPassword(wrong, hash)).toBe(false)
})

test("composed and decomposed accents are equal", async () => {
  expect(await isPassword("cafe\u0301 crème", await hashPassword("café crème"))).toBe(true)
})

test("a hash is verified with its own parameters, and outdated when they differ", async () => {
  // `echo -n password | argon2 somesalt12345678 -id -t 1 -k 64 -p 1 -l 32 -e`
  const cheap =
    "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQxMjM0NTY3OA$KovyxkqWI8NiIbnVTsHJGtWda07axUqoJVIuPotqICc"
  expect(await isPassword("password", cheap)).toBe(true)
  expect(await isPassword("passwort", cheap)).toBe(false)
  expect(isOutdated(cheap)).toBe(true)
})

test("a hash of the sign-in library's format is verified, and outdated", async () => {
  const hash = await hashWithScrypt("a sentence")
  expect(await isPassword("a sentence", hash)).toBe(true)
  expect(await isPassword("another", hash)).toBe(false)
  expect(isOutdated(hash)).toBe(true)
})
