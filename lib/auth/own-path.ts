/**
 * Prevents open redirects after sign-in: returns a path of our own, else `/`. Rejects everything a
 * browser could resolve to another site (`//evil`, `/\evil`, `javascript:`, an embedded tab).
 */
export function ownPath(wanted: unknown): string {
  if (typeof wanted !== "string" || !/^\/(?![/\\])[\x21-\x7e]*$/.test(wanted)) return "/"
  const base = "http://studio.invalid"
  if (wanted.includes("\\") || !URL.canParse(wanted, base)) return "/"
  const url = new URL(wanted, base)
  const path = `${url.pathname}${url.search}${url.hash}`
  // `/.//evil` becomes `//evil` once its dot segment is resolved.
  return url.origin === base && !path.startsWith("//") ? path : "/"
}
