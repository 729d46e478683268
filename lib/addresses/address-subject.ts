/**
 * The rate-limit subject of an address: a single IPv4 address, or an IPv6 /64.
 * @param address a valid one, or empty
 */
export function addressSubject(address: string): string {
  return address.includes(":") ? networkOf(address, 4) : address
}

/**
 * The /48 of an IPv6 address, because anybody can rent one with its 65,536 subnets; null for IPv4.
 * @param address a valid one, or empty
 */
export function addressSite(address: string): string | null {
  return address.includes(":") ? networkOf(address, 3) : null
}

function networkOf(address: string, groupsKept: number): string {
  const [head = "", tail] = address.split("::")
  const groups = head === "" ? [] : head.split(":")
  if (tail !== undefined) {
    const after = tail === "" ? 0 : tail.split(":").length
    while (groups.length + after < 8) groups.push("0")
    groups.push(...(tail === "" ? [] : tail.split(":")))
  }
  return `${groups
    .slice(0, groupsKept)
    .map((group) => group.replace(/^0+(?=.)/, ""))
    .join(":")}::/${groupsKept * 16}`
}
