/**
 * The one folding for every text search. It follows Unicode, never the locale of the database or the
 * process; the database stores its output and compares it byte by byte.
 * @see docs/protocol.md#how-texts-are-compared
 */

/** Fast path for most texts, and most of Chinese: only case needs folding. */
const plain = /^(?:[ -_a-~]*|[\u4E00-\u9FFF])$/
/** A character with its combining marks; half-width kana carry two marks as separate characters. */
const clusters = /[^\p{M}\uFF9E\uFF9F][\p{M}\uFF9E\uFF9F]*|[\p{M}\uFF9E\uFF9F]+/gu

/** Used interchangeably, but not compatibility variants of each other. */
const quotes: Readonly<Record<string, string>> = {
  "\u00B4": "'",
  "\u1FFD": "'",
  "`": "'",
  "\u2018": "'",
  "\u2019": "'",
  "\u201A": "'",
  "\u201B": "'",
  "\u2032": "'",
  "\u2039": "'",
  "\u203A": "'",
  "\u02B9": "'",
  "\u02BB": "'",
  "\u02BC": "'",
  "\u02C8": "'",
  "\u05F3": "'",
  "\u00AB": '"',
  "\u00BB": '"',
  "\u201C": '"',
  "\u201D": '"',
  "\u201E": '"',
  "\u201F": '"',
  "\u2033": '"',
  "\u05F4": '"',
}
const quote = new RegExp(`[${Object.keys(quotes).join("")}]`, "gu")

/**
 * Marks that people leave out: accents, Arabic and Hebrew vowel signs, variation selectors. Marks of
 * other scripts are letters, and a voiced kana is a different kana.
 */
const omissible =
  /(?=[\p{Script=Zinh}\p{Script=Arab}\p{Script=Hebr}\p{Script=Syrc}\p{Script=Cyrl}])(?![\u3099\u309A])\p{M}/gu
/** Soft hyphens, joiners, direction marks; the Arabic stretch; skin tones. */
const invisible = /[\p{Default_Ignorable_Code_Point}\p{Emoji_Modifier}\u0640]/gu

/** Letters that no normalization decomposes, with their plain spelling. */
const letters: Readonly<Record<string, string>> = {
  ς: "σ",
  æ: "ae",
  œ: "oe",
  ø: "o",
  đ: "d",
  ð: "d",
  þ: "th",
  ł: "l",
  ħ: "h",
  ŧ: "t",
}
const letter = new RegExp(`[${Object.keys(letters).join("")}]`, "gu")

/**
 * Folds a text for search: removes case, accents, width, ligatures and invisible characters; unifies
 * apostrophes, quotation marks, dashes and spaces; trims both ends. Idempotent. The result may be
 * longer than the text, or empty.
 */
export function foldText(text: string): string {
  return squash(text).trim()
}

/** The characters of a text, each with its marks. Folding them one by one gives the folded text. */
export function* clustersOf(text: string): Generator<{ text: string; start: number; end: number }> {
  for (const match of text.matchAll(clusters)) {
    const [cluster] = match
    yield { text: cluster, start: match.index, end: match.index + cluster.length }
  }
}

/**
 * Finds folded texts in a text: the first occurrence of each, in order, without overlaps.
 * @returns start and end in UTF-16 units of the text; always whole characters, whatever their folded
 * length
 */
export function findFolded(text: string, wanted: readonly string[]): [number, number][] {
  const { folded, places } = foldWithPlaces(text)
  const spans = wanted
    .map((part): [number, number] | null => {
      const at = part === "" ? -1 : folded.indexOf(part)
      const first = places[at]
      const last = places[at + part.length - 1]
      return first === undefined || last === undefined ? null : [first[0], last[1]]
    })
    .filter((span) => span !== null)
    .toSorted((a, b) => a[0] - b[0])
  const merged: [number, number][] = []
  for (const span of spans) {
    const last = merged.at(-1)
    if (last !== undefined && span[0] <= last[1]) last[1] = Math.max(last[1], span[1])
    else merged.push(span)
  }
  return merged
}

/** @returns the folded text and, for each of its UTF-16 units, the source range of its character */
function foldWithPlaces(text: string): { folded: string; places: [number, number][] } {
  let folded = ""
  const places: [number, number][] = []
  for (const { text: cluster, start, end } of clustersOf(text)) {
    for (const unit of squash(cluster).split("")) {
      if (unit === " " && (folded === "" || folded.endsWith(" "))) continue
      folded += unit
      places.push([start, end])
    }
  }
  return { folded: folded.trimEnd(), places }
}

function squash(text: string): string {
  if (plain.test(text)) return text.toLowerCase().replaceAll(/ +/g, " ")
  return (
    text
      .toWellFormed()
      .replaceAll(quote, (one) => quotes[one] ?? one)
      .normalize("NFKD")
      .replaceAll(quote, (one) => quotes[one] ?? one)
      .replaceAll(omissible, "")
      .replaceAll(invisible, "")
      // toUpperCase turns ß into SS and ı into I; ẞ needs toLowerCase first.
      .toLowerCase()
      .toUpperCase()
      .toLowerCase()
      .replaceAll(letter, (one) => letters[one] ?? one)
      .replaceAll(/[\p{Pd}\u2212]/gu, "-")
      .replaceAll(/\s+/gu, " ")
  )
}
