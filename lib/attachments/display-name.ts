/** Control and format characters (among them those that turn the direction of text). */
const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

/** A filename that is safe to show and to offer for saving; storage never depends on it. */
export function toDisplayName(filename: string): string {
  const base = filename.split(/[/\\]/).at(-1) ?? ""
  const clean = base
    .replace(unseen, "")
    .replace(/["<>:|?*]/g, "_")
    .replace(/^[\s.-]+|[\s.]+$/g, "")
  return clean === "" ? "attachment" : clean
}
