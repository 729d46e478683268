import { randomBytes } from "node:crypto"

interface PageHeaderOptions {
  /** The development server evaluates code, adds style sheets as it compiles, and opens a socket. */
  isDev: boolean
  /** The public address uses https, so the Studio never needs plain http. */
  isHttps: boolean
}

/** One year; two is the other common choice, but one can still be waited out. */
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

/** For build files and answers to scripts: opened as a page, they can run nothing. */
const filePolicy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"

/**
 * Headers of an answer outside the wire contract: a page or one of its resources. Each page's policy
 * has a fresh nonce, which Next puts on every script it writes.
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
    // Scroll locking, toasts and diagrams insert style elements; formulas and the first HTML use style
    // attributes. None of them can carry the nonce, and the policy blocks the channels a style sheet
    // could leak data through (images, fonts).
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
