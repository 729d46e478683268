import { BlockList, isIP } from "node:net"

/** Proxies whose forwarded addresses are trusted: the nearest so many, or those listed. */
export type TrustedProxies =
  | { kind: "count"; count: number }
  | { kind: "list"; isTrusted: (address: string) => boolean }

/**
 * Parses `STUDIO_TRUSTED_PROXIES`: a number, or addresses and networks (`10.0.0.0/8, ::1`).
 * @returns null when it is neither
 */
export function parseTrustedProxies(text: string): TrustedProxies | null {
  if (/^\d{1,2}$/.test(text)) return { kind: "count", count: Number(text) }
  const list = new BlockList()
  for (const entry of text.split(",")) {
    const [address = "", prefix, ...more] = entry.trim().split("/")
    const version = isIP(address)
    if (version === 0 || more.length > 0) return null
    const bitsMax = version === 4 ? 32 : 128
    const bits = prefix === undefined ? bitsMax : /^\d{1,3}$/.test(prefix) ? Number(prefix) : NaN
    if (!(bits <= bitsMax)) return null
    list.addSubnet(address, bits, version === 4 ? "ipv4" : "ipv6")
  }
  return {
    kind: "list",
    isTrusted: (address) => list.check(address, isIP(address) === 6 ? "ipv6" : "ipv4"),
  }
}
