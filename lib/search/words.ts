import { clustersOf, foldText } from "#lib/fold-text.ts"

/** A word of a text as search compares it, and where it stands (UTF-16 units). */
interface Word {
  word: string
  start: number
  end: number
  /** One character of a longer run without spaces: indexed, but no word of a query. */
  isPart: boolean
}

/** Longer words are compared by their start. */
const wordUnitsMax = 64
/** All words of a text together: a tsvector holds a megabyte. */
const indexUnitsMax = 200_000
const queryWordsMax = 10

/** Scripts that put no space between words: any two neighbours count as one. */
const dense =
  "\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Thai}\\p{Script=Lao}\\p{Script=Khmer}\\p{Script=Myanmar}"
/**
 * Characters that attach to the preceding one: marks, half-width kana marks, and invisible
 * characters.
 */
const joined = "\\p{M}\\uFF9E\\uFF9F\\p{Default_Ignorable_Code_Point}"
/** A flag is two letters; the signs of trade marks and copyright are no pictures. */
const picture = "\\p{Regional_Indicator}{2}|(?![\\u00A9\\u00AE\\u2122])\\p{Extended_Pictographic}"
const runs = new RegExp(
  `([${dense}][${dense}${joined}]*)|(?:(?![${dense}])[\\p{L}\\p{N}\\p{M}${joined}])+|(?:${picture})[${joined}\\p{Emoji_Modifier}]*`,
  "gu",
)

/** The words of a text in order, folded, without punctuation; a picture is a word. */
function* wordsOf(text: string): Generator<Word> {
  for (const match of text.matchAll(runs)) {
    const [run, denseRun] = match
    if (denseRun !== undefined) yield* neighbours(denseRun, match.index)
    else yield* word(run, match.index)
  }
}

/** The words a text is found by, each once. */
export function indexWords(text: string): string[] {
  const words = new Set<string>()
  let units = 0
  for (const { word: next } of wordsOf(text)) {
    if (words.has(next)) continue
    units += next.length
    if (units > indexUnitsMax) break
    words.add(next)
  }
  return [...words]
}

/** A parsed search query. */
export interface WordQuery {
  words: readonly string[]
  /** The last word may be unfinished. */
  prefix: string | null
}

/** @returns null when there is no word in it */
export function parseWordQuery(q: string): WordQuery | null {
  const found = [...wordsOf(q)].filter(({ isPart }) => !isPart).slice(0, queryWordsMax)
  const last = found.at(-1)
  if (last === undefined) return null
  // A single letter is a prefix of too many words, and a trailing space completes a word.
  const isUnfinished = last.end === q.length && last.word.length > 1
  const words = new Set(found.slice(0, isUnfinished ? -1 : undefined).map(({ word: one }) => one))
  return { words: [...words], prefix: isUnfinished ? last.word : null }
}

/** Where the words of a query stand in a text, in order, without overlaps. */
export function findMatches(text: string, query: WordQuery): [number, number][] {
  const spans: [number, number][] = []
  for (const { word: next, start, end } of wordsOf(text)) {
    const isMatch =
      query.words.includes(next) || (query.prefix !== null && next.startsWith(query.prefix))
    if (!isMatch) continue
    const last = spans.at(-1)
    if (last !== undefined && start <= last[1]) last[1] = Math.max(last[1], end)
    else spans.push([start, end])
  }
  return spans
}

function* word(run: string, start: number): Generator<Word> {
  const folded = fold(run).slice(0, wordUnitsMax).toWellFormed()
  if (folded !== "") yield { word: folded, start, end: start + run.length, isPart: false }
}

function* neighbours(run: string, runStart: number): Generator<Word> {
  const characters = [...clustersOf(run)]
  const isPart = characters.length > 1
  let before: { word: string; start: number } | null = null
  for (const { text, ...place } of characters) {
    const single = fold(text)
    const start = runStart + place.start
    const end = runStart + place.end
    const pair = before === null ? "" : before.word + single
    if (before !== null && pair !== before.word && pair !== "") {
      yield { word: pair, start: before.start, end, isPart: false }
    }
    if (single !== "") yield { word: single, start, end, isPart }
    before = { word: single, start }
  }
}

/** Neither spaces nor quotes remain, so a word needs no quoting wherever it goes. */
function fold(text: string): string {
  return foldText(text).replaceAll(
    /[^\p{L}\p{N}\p{M}\p{Extended_Pictographic}\p{Regional_Indicator}]/gu,
    "",
  )
}
