import { isIP } from "node:net"

import { setting } from "./reading.ts"

export function text(charactersMax: number) {
  return setting((value) =>
    value.length <= charactersMax
      ? { value }
      : { fault: `must have at most ${charactersMax} characters` },
  )
}

/**
 * Decimal digits only: the other forms `Number` accepts (0x10, 1e3, Infinity) are more likely typos.
 */
export function wholeNumber(min: number, max: number) {
  return setting((value) => {
    const number = /^\d{1,15}$/.test(value) ? Number(value) : NaN
    return number >= min && number <= max
      ? { value: number }
      : { fault: `must be a whole number from ${min} to ${max}` }
  })
}

export function decimal(min: number, max: number) {
  return setting((value) => {
    const number = /^\d{1,15}(?:\.\d{1,15})?$/.test(value) ? Number(value) : NaN
    return number >= min && number <= max
      ? { value: number }
      : { fault: `must be a number from ${min} to ${max}` }
  })
}

export function choice<const T extends string>(options: readonly T[]) {
  const words = `${options.slice(0, -1).join(", ")} or ${options.at(-1)}`
  return setting((value) => {
    const option = options.find((known) => known === value)
    return option === undefined ? { fault: `must be ${words}` } : { value: option }
  })
}

/** A name or an address to listen on, in the form `node:net` takes. */
export const host = setting((value) =>
  /^[\w.-]{1,253}$/.test(value) || isIP(value) !== 0
    ? { value }
    : { fault: "must be a name or an address alone, like 0.0.0.0 or :: (the port is PORT)" },
)

/**
 * A vendor's API key: it goes into a header, where a blank or a curly quote would break every request.
 */
export const apiKey = setting((value) =>
  /^[!#-&(-_a-~]+$/.test(value)
    ? { value }
    : { fault: "must be the key alone: it has a blank, a quote or a letter that no key has" },
)

/** Visible ASCII and blanks, the RFC 6749 syntax of client identifiers and secrets. */
export const clientCredential = setting((value) =>
  /^[\x20-\x7e]{1,1000}$/.test(value)
    ? { value }
    : { fault: "must be as the provider gave it: it has a letter that none has" },
)
