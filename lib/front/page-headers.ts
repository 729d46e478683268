import { randomBytes } from "node:crypto"

interface PageHeaderOptions {
  /** The development server evaluates code, adds style sheets as it compiles, and has a socket. */
  isDev: boolean
  /** People reach the Studio over https, and need never use anything else. */
  isHttps: boolean
}

/** Two years would be the other usual choice; a year can still be waited for. */
export const transportSecurity = "max-age=31536000"

const steadyHeaders: Readonly<Record<string, string>> = {
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Permissions-Policy": [
    "camera",
    "microphone",
    "geolocation",
    "payment",
    "usb",
    "serial",
    "hid",
    "midi",
    "display-capture",
  ]
    .map((feature) => `${feature}=()`)
    .join(", "),
}

/** A file of the build, or an answer to a script: opened as a page it may do nothing. */
const filePolicy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"

/**
 * The headers of one answer that is not the wire contract's: a page, or what belongs to one. The
 * policy of a page has a nonce of its own, which Next puts on each script it writes.
 */
export function pageHeaders(path: string, options: PageHeaderOptions): Map<string, string> {
  const headers = new Map(Object.entries(steadyHeaders))
  headers.set("Content-Security-Policy", isFile(path) ? filePolicy : pagePolicy(options))
  return headers
}

function isFile(path: string): boolean {
  return path.startsWith("/_next/static/") || path.startsWith("/api/") || path === "/icon.svg"
}

function pagePolicy({ isDev, isHttps }: PageHeaderOptions): string {
  const nonce = `'nonce-${randomBytes(16).toString("base64")}'`
  const directives = [
    "default-src 'none'",
    `script-src ${nonce} 'strict-dynamic'${isDev ? " 'unsafe-eval'" : ""}`,
    // Style sheets come as elements from what locks scrolling, from toasts and from diagrams that are
    // measured; formulas and the first HTML have style attributes. None of it can be given the nonce,
    // and what a style sheet could leak with (images, fonts) goes nowhere else.
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    `connect-src 'self'${isDev ? " ws:" : ""}`,
    "worker-src 'self'",
    "manifest-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ]
  if (isHttps) directives.push("upgrade-insecure-requests")
  return directives.join("; ")
}
