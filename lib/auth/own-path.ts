/**
 * Where to go after signing in: a path of our own, else `/`. Whatever a browser could read as
 * another site (`//evil`, `/\evil`, `javascript:`, a tab inside) is not one.
 */
export function ownPath(wanted: unknown): string {
  if (typeof wanted !== "string" || !/^\/(?![/\\])[\x21-\x7e]*$/.test(wanted)) return "/"
  const base = "http://studio.invalid"
  if (wanted.includes("\\") || !URL.canParse(wanted, base)) return "/"
  const url = new URL(wanted, base)
  const path = `${url.pathname}${url.search}${url.hash}`
  // What is left of `/.//evil` once its dot is resolved.
  return url.origin === base && !path.startsWith("//") ? path : "/"
}
