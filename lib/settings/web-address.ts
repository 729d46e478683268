import { setting, type Reading } from "./reading.ts"

/** The Studio's public address: scheme, name and port, without a trailing slash. */
export const publicUrl = setting((text) => {
  const reading = readWebAddress(text, "https://studio.example.com")
  if ("fault" in reading) return reading
  const { pathname, origin } = reading.value
  if (/^\/*$/.test(pathname)) return { value: origin }
  return { fault: "must not have a path: a Studio needs a name or a port of its own" }
})

/**
 * The base URL of an API. Trailing and doubled slashes are removed, because servers answer 404 to
 * `/v1//chat/completions`.
 */
export const baseUrl = setting((text) => {
  const reading = readWebAddress(text, "http://127.0.0.1:11434/v1")
  if ("fault" in reading) return reading
  const path = reading.value.pathname.replaceAll(/\/{2,}/g, "/").replace(/\/$/, "")
  const added = /\/(?:chat\/completions|completions|responses|messages)$/.exec(path)?.[0]
  if (added !== undefined) return { fault: `must end before ${added}, which the Studio adds` }
  return { value: reading.value.origin + path }
})

/**
 * An OpenID issuer, kept verbatim because it must equal the provider's own value exactly. An attacker
 * who can change its answers can impersonate anybody, so plaintext connections are refused.
 */
export const issuer = setting((text) => {
  const reading = readWebAddress(text, "https://login.example.com")
  if ("fault" in reading) return reading
  if (reading.value.protocol === "https:" || isLoopback(reading.value)) return { value: text }
  return { fault: "must begin with https://, or be on this machine" }
})

/** A loopback address, for tests. */
export const loopbackUrl = setting((text) => {
  const reading = readWebAddress(text, "http://127.0.0.1:8080/")
  if ("fault" in reading) return reading
  if (reading.value.protocol === "http:" && isLoopback(reading.value)) return { value: text }
  return { fault: "must be an http address of this machine" }
})

function readWebAddress(text: string, example: string): Reading<URL> {
  if (/[\s,;|\\<>"]|:\/\/.*:\/\//.test(text))
    return { fault: `must be one address, like ${example}` }
  if (!/^https?:\/\//i.test(text)) {
    return { fault: `must begin with http:// or https://, like ${example}` }
  }
  if (!/^https?:\/\/[^/]/i.test(text) || !URL.canParse(text)) {
    return { fault: `cannot be read; write it like ${example}` }
  }
  const url = new URL(text)
  if (text.includes("@")) return { fault: "must not have a user or a password in it" }
  if (text.includes("?")) return { fault: "must not have a query (what begins with ?)" }
  if (text.includes("#")) return { fault: "must not have a fragment (what begins with #)" }
  return { value: url }
}

function isLoopback({ hostname }: URL): boolean {
  return /^(?:127\.\d+\.\d+\.\d+|localhost|\[::1\])$/.test(hostname)
}
