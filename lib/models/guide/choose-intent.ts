import * as chrono from "chrono-node"

import { readExpression } from "./read-expression.ts"
import type { GuideAttachment, GuidePrompt } from "./read-prompt.ts"
import { findTimeZone } from "./time-zones.ts"

/** The intent of a message. */
export type Intent =
  | { kind: "nothing" }
  | { kind: "greeting" }
  | { kind: "thanks" }
  | { kind: "identity" }
  | { kind: "capabilities" }
  | { kind: "calculation"; expression: string }
  | { kind: "time"; timezone: string; when?: string }
  | { kind: "attachments"; attachments: GuideAttachment[] }
  | { kind: "no_attachment" }
  | { kind: "question" }

const greeting =
  /^(?:hi|hello|hey|hallo|moin|servus|greetings|good (?:morning|afternoon|evening|day))(?:[ ,]+(?:there|guide|studio|everyone|all|again))?[\s!.,:)]*$/i
const thanks =
  /^(?:thanks?|thank you|thx|cheers|great|nice|perfect|ok(?:ay)?|bye|goodbye)(?:[ ,]+(?:a lot|so much|very much|guide|you|bye))?[\s!.,:)]*$/i
const identity =
  /\b(?:who|what) are you\b|\bare you (?:an? |the )?(?:ai|llm|bot|robot|human|person|real|gpt|chatgpt|claude|language model)\b|\b(?:which|what) (?:language )?model (?:are|is|do|am)\b|\byour name\b/i
const capabilities =
  /\bwhat (?:can|could|do) (?:you|i|we|studio|it|this) (?:do|ask|offer)\b|\bwhat (?:can|could) i (?:do|ask)\b|\bhow (?:can|do) you help\b|^\s*help(?: me)?[\s!?.]*$|\byour (?:capabilities|features|skills)\b/i
const reading =
  /\b(?:summari[sz]e|summary|tl;?dr|read|look at|what(?:'s| is| does).*\b(?:in|say))\b/i
const fileWord = /\b(?:file|attachment|attached|document|image|picture|pdf|csv|this|it)\b/i

/** Chooses by plain rules, the same for the same words; unsure means `question`. */
export function chooseIntent(prompt: GuidePrompt): Intent {
  const { text, attachments } = prompt
  if (attachments.length > 0) return { kind: "attachments", attachments: attachments.slice(0, 3) }
  if (text === "") return { kind: "nothing" }
  if (greeting.test(text)) return { kind: "greeting" }
  if (thanks.test(text)) return { kind: "thanks" }
  if (capabilities.test(text)) return { kind: "capabilities" }
  if (identity.test(text)) return { kind: "identity" }
  const time = readTimeQuestion(text, prompt.timeZone ?? "UTC")
  if (time !== null) return time
  const expression = readExpression(text)
  if (expression !== null) return { kind: "calculation", expression }
  return readingIntent(prompt) ?? { kind: "question" }
}

function readingIntent({ text, earlierAttachments }: GuidePrompt): Intent | null {
  const lower = text.toLowerCase()
  const named = earlierAttachments.findLast((a) => lower.includes(a.filename.toLowerCase()))
  if (named !== undefined) return { kind: "attachments", attachments: [named] }
  if (!reading.test(text) || !fileWord.test(text)) return null
  const newest = earlierAttachments.at(-1)
  if (newest !== undefined) return { kind: "attachments", attachments: [newest] }
  return /\b(?:attachment|attached|summari[sz]e|summary|tl;?dr)\b/i.test(text)
    ? { kind: "no_attachment" }
    : null
}

const nowQuestion =
  /\bwhat(?:'s| is)? (?:the )?(?:current |local )?time\b|\bwhat time\b|\b(?:what|which) (?:day|date|week ?day) (?:is|are|do)\b|\bwhat(?:'s| is) (?:the |today'?s )?(?:current )?date\b|^\s*(?:time|date|today|now)(?: in [\p{L} ]+)?[\s?]*$/iu
const momentQuestion =
  /^(?:when(?:'s| is| was| will)|(?:what|which) (?:day|date|week ?day|time) (?:is|was|will)|how (?:many (?:days|weeks)|long) (?:until|till|to|before|is it (?:until|till|to))|(?:what|which) (?:date|day) (?:in|on))/i

function readTimeQuestion(text: string, ownZone: string): Intent | null {
  if (text.length > 200) return null
  const timezone = findTimeZone(text) ?? ownZone
  if (momentQuestion.test(text)) {
    const words = text
      .replace(/\bchristmas(?: eve)?\b/i, (day) =>
        /eve/i.test(day) ? "24 December" : "25 December",
      )
      .replace(/\bnew year(?:'s(?: day)?)?\b/i, "1 January")
    const found = chrono.parse(words)[0]
    // “today” and “now” need no arithmetic.
    if (found !== undefined && !/^(?:today|now)$/i.test(found.text)) {
      return { kind: "time", timezone, when: found.text }
    }
  }
  return nowQuestion.test(text) ? { kind: "time", timezone } : null
}
