/**
 * Who an address is for a limit: an IPv4 address is one subscriber, of IPv6 each has a /64.
 * @param address a valid one, or empty
 */
export function addressSubject(address: string): string {
  if (!address.includes(":")) return address
  const [head = "", tail] = address.split("::")
  const groups = head === "" ? [] : head.split(":")
  if (tail !== undefined) {
    const after = tail === "" ? 0 : tail.split(":").length
    while (groups.length + after < 8) groups.push("0")
    groups.push(...(tail === "" ? [] : tail.split(":")))
  }
  return `${groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ""))
    .join(":")}::/64`
}
