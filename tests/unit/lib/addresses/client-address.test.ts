import type { IncomingMessage } from "node:http"

import { describe, expect, test } from "vitest"

import { addressSite, addressSubject } from "#lib/addresses/address-subject.ts"
import { clientAddress } from "#lib/addresses/client-address.ts"
import { parseTrustedProxies } from "#lib/addresses/trusted-proxies.ts"

function addressOf(trusted: string, socket: string, forwardedFor?: string): string {
  const proxies = parseTrustedProxies(trusted)
  if (proxies === null) throw new Error(`cannot read ${trusted}`)
  const request = {
    socket: { remoteAddress: socket },
    headers: forwardedFor === undefined ? {} : { "x-forwarded-for": forwardedFor },
  }
  return clientAddress(request as unknown as IncomingMessage, proxies)
}

describe("the address of a client", () => {
  test.each([
    ["no proxy is trusted by default", "0", "203.0.113.9", "198.51.100.1", "203.0.113.9"],
    ["IPv4 in IPv6 is IPv4", "0", "::ffff:203.0.113.9", undefined, "203.0.113.9"],
    ["one proxy: the last entry", "1", "10.0.0.1", "6.6.6.6, 198.51.100.1", "198.51.100.1"],
    [
      "two proxies: the one before it",
      "2",
      "10.0.0.1",
      "6.6.6.6, 198.51.100.1, 10.0.0.2",
      "198.51.100.1",
    ],
    ["fewer entries than proxies", "3", "10.0.0.1", "198.51.100.1", "198.51.100.1"],
    ["a proxy that says nothing", "1", "10.0.0.1", undefined, "10.0.0.1"],
    ["an entry that is no address", "1", "10.0.0.1", "198.51.100.1, unknown", "10.0.0.1"],
    ["with a port", "1", "10.0.0.1", "198.51.100.1:4711", "198.51.100.1"],
    ["IPv6 with brackets and port", "1", "10.0.0.1", "[2001:DB8::1]:4711", "2001:db8::1"],
    [
      "networks: the first that is not theirs",
      "10.0.0.0/8,::1",
      "10.0.0.1",
      "6.6.6.6, 198.51.100.1, 10.1.2.3",
      "198.51.100.1",
    ],
    [
      "networks: not from there, not believed",
      "10.0.0.0/8",
      "203.0.113.9",
      "198.51.100.1",
      "203.0.113.9",
    ],
  ])("%s", (_name, trusted, socket, forwardedFor, expected) => {
    expect(addressOf(trusted, socket, forwardedFor)).toBe(expected)
  })

  test.each(["-1", "100", "proxy", "10.0.0.0/33", "10.0.0.0/8/8", "1.2.3", "10.0.0.1,"])(
    "%s names no proxies",
    (text) => expect(parseTrustedProxies(text)).toBeNull(),
  )
})

describe("the rate-limit key of an address", () => {
  test.each([
    ["203.0.113.9", "203.0.113.9"],
    ["2001:db8:0:7::1", "2001:db8:0:7::/64"],
    ["2001:0db8:0000:0007:ffff:1:2:3", "2001:db8:0:7::/64"],
    ["::1", "0:0:0:0::/64"],
    ["2001:db8::", "2001:db8:0:0::/64"],
  ])("%s", (address, subject) => expect(addressSubject(address)).toBe(subject))

  test.each([
    ["203.0.113.9", null],
    ["2001:db8:0:7::1", "2001:db8:0::/48"],
    ["2001:0db8:0000:ffff:ffff:1:2:3", "2001:db8:0::/48"],
    ["", null],
  ])("the origin of %s", (address, site) => expect(addressSite(address)).toBe(site))
})
