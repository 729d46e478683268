/**
 * The header that makes every browser save a file under its name and never show it.
 * @see RFC 6266, section "Content-Disposition"; RFC 8187 for `filename*`
 */
export function contentDisposition(filename: string): string {
  const wellFormed = filename.toWellFormed()
  const ascii = wellFormed.replace(/[^\x20-\x7e]|["\\%]/g, "_")
  const encoded = encodeURIComponent(wellFormed).replace(
    /['()*!]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encoded}`
}
