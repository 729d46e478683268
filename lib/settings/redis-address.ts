import { setting, type Reading } from "./reading.ts"

/** A Redis address in the form ioredis takes: `redis://`, `rediss://` or the path of a socket. */
export const redisUrl = setting(readRedisAddress)

function readRedisAddress(text: string): Reading<string> {
  if (/^\/[^/?#\s][^?#\s]*$/.test(text)) return { value: text }
  if (/:\/\/.*:\/\//.test(text)) return { fault: "must be one address" }
  if (!/^rediss?:\/\//i.test(text)) {
    return { fault: "must begin with redis:// or rediss://, like redis://127.0.0.1:6379" }
  }
  if (text.includes("#")) return { fault: "has a # in it; in a password it is written %23" }
  if (/%(?![\da-f]{2})/i.test(text))
    return { fault: "has a % in it; in a password it is written %25" }
  if (!isText(text)) return { fault: "has a % in it that stands for no letter; write it %25" }
  if (!URL.canParse(text) || /\?.*@/.test(text)) {
    return { fault: "cannot be read; in a password write @ as %40, : as %3A and / as %2F" }
  }
  const url = new URL(text)
  if (url.hostname === "") return { fault: "names no host" }
  if (/[,\s]/.test(url.hostname)) return { fault: "must name one host" }
  if (!/^(?:\/\d{0,5})?$/.test(url.pathname)) {
    return {
      fault: "must have the number of a database after the host, or nothing: redis://host/0",
    }
  }
  const odd = [...url.searchParams.keys()].find((name) => name !== "family")
  if (odd !== undefined) return { fault: `has a parameter that is not known: ${odd.slice(0, 40)}` }
  return { value: text }
}

/** Whether the percent-encoding is valid UTF-8: otherwise decoding throws later, far from here. */
function isText(encoded: string): boolean {
  try {
    decodeURIComponent(encoded)
    return true
  } catch (error) {
    if (error instanceof URIError) return false
    throw error
  }
}
