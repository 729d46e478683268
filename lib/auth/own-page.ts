import { AppError } from "#lib/errors.ts"

/** What decides where a request came from; lower-case names. */
type HeaderOf = (name: string) => string | null | undefined

/**
 * Whether one of our own pages sent a request, as a browser says: `Sec-Fetch-Site` must be
 * `same-origin` where there is one, `Origin` must be ours where there is one, and one of the two
 * there must be. `none` (typed, bookmarked) is no page of ours: nothing unsafe starts there.
 * @param publicUrl where people reach the Studio, when a proxy stands before it
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
 * Only our own pages may call an account endpoint: another site's form or script is told so. With a
 * public address only those under it: its cookie is no use under another.
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
 * Whether a browser says that another site started a request, be it by a link: that counts for
 * reading as well, which leaves records and keeps a session in use. `none` is the address bar.
 * @param publicUrl where people reach the Studio, when a proxy stands before it
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
  // An origin is scheme, host and port: anything beyond is none.
  if (url.origin !== origin || !/^https?:$/.test(url.protocol)) return false
  if (publicUrl !== undefined && url.origin === new URL(publicUrl).origin) return true
  const own = `${url.protocol}//${host.toLowerCase()}`
  return /^[^/?#@\\]+$/.test(host) && URL.canParse(own) && url.host === new URL(own).host
}
