/** SHA-256 of a text's UTF-8, in hex. Browsers offer it only on HTTPS and on localhost. */
export async function sha256Hex(text: string): Promise<string> {
  const bytes = new TextEncoder().encode(text)
  const digest = crypto.subtle
    ? new Uint8Array(await crypto.subtle.digest("SHA-256", bytes))
    : (await import("@noble/hashes/sha2.js")).sha256(bytes)
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("")
}
