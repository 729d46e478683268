/**
 * Where to go after signing in: a path of our own, else `/`. Whatever a browser could read as
 * another site (`//evil`, `/\evil`, `javascript:`, a tab inside) is not one.
 */
export function ownPath(wanted: unknown): string {
  if (typeof wanted !== "string" || !/^\/(?![/\\])[\x21-\x7e]*$/.test(wanted)) return "/"
  const base = "http://studio.invalid"
  if (wanted.includes("\\") || !URL.canParse(wanted, base)) return "/"
  const url = new URL(wanted, base)
  return url.origin === base ? `${url.pathname}${url.search}${url.hash}` : "/"
}
