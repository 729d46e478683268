/** A random UUID. Browsers make one themselves only on HTTPS and on localhost. */
export function randomUuid(): string {
  const offered: Partial<Crypto> = crypto
  if (offered.randomUUID !== undefined) return crypto.randomUUID()
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")
  return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.*)$/, "$1-$2-4$3-8$4-$5")
}
