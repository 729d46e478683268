import { AppError } from "#lib/errors.ts"

/** Looks up a header that shows a request's origin; lower-case names. */
type HeaderOf = (name: string) => string | null | undefined

/**
 * Whether the browser says that one of our own pages sent a request: `Sec-Fetch-Site` and `Origin` must
 * match where present, and at least one must be present. `none` (typed, bookmarked) does not count: no
 * unsafe request starts there.
 * @param publicUrl the public address, when the Studio runs behind a proxy
 * @see https://www.w3.org/TR/fetch-metadata/ "Sec-Fetch-Site"
 */
export function isFromOwnPage(headerOf: HeaderOf, publicUrl: string | undefined): boolean {
  const site = headerOf("sec-fetch-site") ?? ""
  const origin = headerOf("origin") ?? ""
  if (site !== "" && site !== "same-origin") return false
  if (origin === "") return site !== ""
  return isOwnOrigin(origin, headerOf("host") ?? "", publicUrl)
}

/**
 * Restricts account endpoints to our own pages; cross-site forms and scripts get an error. With a
 * public address only pages under it may call them, because its cookie is useless elsewhere.
 * @throws AppError cross_site
 */
export function requireOwnPage(headerOf: HeaderOf, publicUrl: string | undefined): void {
  if (!isFromOwnPage(headerOf, publicUrl)) {
    throw new AppError("cross_site", "This can only be done from the Studio's own pages.")
  }
  const home = publicUrl === undefined ? null : new URL(publicUrl).origin
  const origin = headerOf("origin") ?? home
  if (home !== null && origin !== home) {
    throw new AppError("cross_site", `This Studio is at ${home}. Open it there to go on.`)
  }
}

/**
 * Whether the browser says that another site started a request, even by a link. This matters for reads
 * too, because they write audit records and extend sessions. `none` is the address bar.
 * @param publicUrl the public address, when the Studio runs behind a proxy
 */
export function isFromElsewhere(headerOf: HeaderOf, publicUrl: string | undefined): boolean {
  const site = headerOf("sec-fetch-site") ?? ""
  const origin = headerOf("origin") ?? ""
  if (site !== "" && site !== "same-origin" && site !== "none") return true
  return origin !== "" && !isOwnOrigin(origin, headerOf("host") ?? "", publicUrl)
}

function isOwnOrigin(origin: string, host: string, publicUrl: string | undefined): boolean {
  if (!URL.canParse(origin)) return false
  const url = new URL(origin)
  // An origin is only scheme, host and port; anything longer is invalid.
  if (url.origin !== origin || !/^https?:$/.test(url.protocol)) return false
  if (publicUrl !== undefined && url.origin === new URL(publicUrl).origin) return true
  const own = `${url.protocol}//${host.toLowerCase()}`
  return /^[^/?#@\\]+$/.test(host) && URL.canParse(own) && url.host === new URL(own).host
}
