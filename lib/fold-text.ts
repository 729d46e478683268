/**
 * One folding for every search by text. It follows Unicode, never the locale of the database or of
 * the process, and its output is what the database stores and compares byte by byte.
 * @see docs/protocol.md#how-texts-are-compared
 */

/** Most texts, and most of Chinese: all that there is to fold is case. */
const plain = /^(?:[ -_a-~]*|[\u4E00-\u9FFF])$/
/** A character with the marks on it; half-width kana carry two marks as characters of their own. */
const clusters = /[^\p{M}\uFF9E\uFF9F][\p{M}\uFF9E\uFF9F]*|[\p{M}\uFF9E\uFF9F]+/gu

/** Typed for one another, and no compatibility variants of one another. */
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
 * other scripts are letters, and a voiced kana is another kana.
 */
const omissible =
  /(?=[\p{Script=Zinh}\p{Script=Arab}\p{Script=Hebr}\p{Script=Syrc}\p{Script=Cyrl}])(?![\u3099\u309A])\p{M}/gu
/** Soft hyphens, joiners, direction marks; the Arabic stretch; skin tones. */
const invisible = /[\p{Default_Ignorable_Code_Point}\p{Emoji_Modifier}\u0640]/gu

/** Letters that no normalization takes apart, as they are written without them. */
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
 * A text as search compares it: without case, accents, width, ligatures and invisible characters;
 * one apostrophe, quotation mark, dash and space for all; no space at either end. Folding twice
 * changes nothing. May be longer than the text, and empty.
 */
export function foldText(text: string): string {
  return squash(text).trim()
}

/** The characters of a text, each with its marks: folded one by one they give the folded text. */
export function* clustersOf(text: string): Generator<{ text: string; start: number; end: number }> {
  for (const match of text.matchAll(clusters)) {
    const [cluster] = match
    yield { text: cluster, start: match.index, end: match.index + cluster.length }
  }
}

/**
 * Where folded texts stand in a text: the first place of each, in order, without overlaps.
 * @returns start and end in UTF-16 units of the text; whole characters, whatever they fold into
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

/** @returns of every UTF-16 unit of the folded text the place of the character it comes from */
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
      // By upper case ß becomes SS, and ı an I; ẞ only by lower case first.
      .toLowerCase()
      .toUpperCase()
      .toLowerCase()
      .replaceAll(letter, (one) => letters[one] ?? one)
      .replaceAll(/[\p{Pd}\u2212]/gu, "-")
      .replaceAll(/\s+/gu, " ")
  )
}
