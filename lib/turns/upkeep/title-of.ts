import { OpeningThoughts } from "#lib/models/answer/opening-thoughts.ts"
import { firstLine } from "#lib/turns/first-line.ts"

const titleCharactersMax = 60
const depthMax = 4

const labels =
  "(?:(?:conversation|chat|suggested|possible|short)\\s+)?(?:title|titel|titre|título|titulo|titolo|tytuł|заголовок|название|标题|標題|タイトル|제목|subject|topic|thema|name)"
/** "Title: …", "**Titel**: …", "Here is a title for the conversation: …", "Sure! …:". */
const preamble = new RegExp(
  `^[\\s*_#>"'\`-]*(?:${labels}|(?:sure|okay|ok|certainly|of course)?[,!. ]*(?:here(?:'s|’s| is| are)|voici|hier ist|aquí (?:está|tienes)|ecco)\\b[^:：]{0,80})[*_"'\`]*\\s*[:：](?:[*_]+(?=\\s))?\\s*`,
  "iu",
)

/**
 * Refusals that models return instead of a title; the first words of the message make a better one.
 */
const refusal =
  /^(?:(?:i['’]m|i am|we['’]re)\s+(?:very |so |really )?(?:sorry|afraid|unable|not able)|sorry[,.!]|i\s+(?:can['’]?t|cannot|can not|won['’]t|don['’]t have)|unfortunately[, ]|apologies|as an ai\b|es tut mir leid|tut mir leid|entschuldigung|leider|ich kann\b|(?:je suis )?désolé|je ne peux|lo siento|no puedo|mi dispiace|申し訳|すみません|抱歉|对不起|我(?:无法|不能)|(?:n\/a|none|null|undefined|untitled|no title)\s*$)/iu

/** Pairs that stand around a title without being a part of it. */
const wrappings: readonly (readonly [string, string])[] = [
  ["**", "**"],
  ["__", "__"],
  ["*", "*"],
  ["_", "_"],
  ["`", "`"],
  ['"', '"'],
  ["'", "'"],
  ["“", "”"],
  ["„", "“"],
  ["„", "”"],
  ["”", "”"],
  ["‘", "’"],
  ["‚", "‘"],
  ["«", "»"],
  ["»", "«"],
  ["‹", "›"],
  ["「", "」"],
  ["『", "』"],
  ["《", "》"],
  ["〈", "〉"],
  ["【", "】"],
  ["<title>", "</title>"],
]
const quotes = "[\"'“”„«»‹›‘’‚`「」『』]"

/**
 * Extracts the title from a model's reply: removes thoughts, labels, markup, JSON and control
 * characters.
 * @returns "" when there is none, as in a refusal
 */
export function titleOf(said: string): string {
  const thoughts = new OpeningThoughts(true)
  const words = thoughts.push(said) + thoughts.end()
  const title = bare(jsonTitle(words, 0) ?? firstTitleLine(words))
  return refusal.test(title) || !/[\p{L}\p{N}\p{Extended_Pictographic}]/u.test(title)
    ? ""
    : firstLine(title, titleCharactersMax)
}

/** Answers that are JSON, fenced or not. @returns undefined for anything else */
function jsonTitle(text: string, depth: number): string | undefined {
  const inner = text.trim().replace(/^```(?:json)?\s*|\s*```$/g, "")
  if (!/^[[{]/.test(inner)) return undefined
  try {
    return titleIn(JSON.parse(inner), depth)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    // Cut at its limit of tokens, or no JSON after all.
    const whole = /"title"\s*:\s*"([^"\n]+)"/i.exec(inner)?.[1]
    return whole ?? (/^[[{]\s*["[{]/.test(inner) ? "" : undefined)
  }
}

function titleIn(value: unknown, depth: number): string | undefined {
  if (typeof value === "string") return value
  if (typeof value !== "object" || value === null || depth >= depthMax) return undefined
  const named = Object.entries(value).toSorted(
    ([one], [other]) => Number(/^tit/i.test(other)) - Number(/^tit/i.test(one)),
  )
  for (const [, part] of named) {
    const found = titleIn(part, depth + 1)
    if (found !== undefined) return found
  }
  return undefined
}

/** The first line that is more than an announcement of one. */
function firstTitleLine(text: string): string {
  for (const line of text.split(/[\n\r\u2028\u2029]+/, 20)) {
    const rest = line.replace(preamble, "").trim()
    if (rest !== "" && !/^(?:```|---)/.test(rest)) return rest
  }
  return ""
}

function bare(line: string): string {
  let title = line
    // Marks of direction and invisible characters; the joiner holds emoji together.
    .replace(/[\p{Cc}\p{Bidi_Control}\u200b\u200c\u2060\ufeff]+/gu, " ")
    .toWellFormed()
    .replace(/\s+/g, " ")
    .trim()
  for (let rounds = 0; rounds < 6; rounds += 1) {
    const before = title
    title = unwrap(title.replace(/^(?:#{1,6}|>|[-*•]|\d{1,2}[.)])\s+/, "")).replace(preamble, "")
    if (title === before) break
  }
  const unquoted = title.replace(new RegExp(`^${quotes}+\\s*(?!.*${quotes})`, "u"), "")
  return unquoted.replace(/(?<![.。])[.。]$/u, "").trim()
}

function unwrap(title: string): string {
  const dotted = title.replace(/(?<=["'”’“»」*_`])[.。]$/u, "")
  const pair = wrappings.find(
    ([open, close]) =>
      dotted.length > open.length + close.length &&
      dotted.startsWith(open) &&
      dotted.endsWith(close),
  )
  return pair === undefined
    ? title
    : dotted.slice(pair[0].length, dotted.length - pair[1].length).trim()
}
