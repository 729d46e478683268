import { findMatches, type WordQuery } from "./words.ts"

const snippetUnitsMax = 180
/** How much is shown before the first hit. */
const leadUnits = 50

interface Snippet {
  text: string
  /** Start and end of each hit in `text`, in UTF-16 units. */
  matches: [number, number][]
}

/** A line of a text around the first hit: plain text, no markup of any kind. */
export function cutSnippet(body: string, query: WordQuery): Snippet {
  const first = findMatches(body, query)[0]?.[0] ?? 0
  const start = first <= leadUnits ? 0 : wordStart(body, first - leadUnits, first)
  const window = body.slice(start, start + snippetUnitsMax * 2).toWellFormed()
  const line = window
    .replace(/^[#>]+ |`{3,}\w*|\*\*|`/gm, "")
    // Keep a link's address visible when the match is in the address.
    .replace(/!?\[([^[\]\n]{1,200})\]\(([^()\s]{1,300})\)/g, (link, label: string, address) =>
      findMatches(String(address), query).length > 0 ? link : label,
    )
    .replace(/\s+/g, " ")
    .trim()
  const isCut = line.length > snippetUnitsMax || start + window.length < body.length
  const shown = line.slice(0, snippetUnitsMax).toWellFormed()
  const text = `${start > 0 ? "…" : ""}${shown}${isCut ? "…" : ""}`
  return { text, matches: findMatches(text, query) }
}

/** Not in the middle of a word, when there is a space to begin after. */
function wordStart(text: string, from: number, before: number): number {
  const space = text.slice(from, before).search(/\s/)
  return space === -1 ? from : from + space + 1
}
