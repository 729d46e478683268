import { isTimeZone } from "./time-zone.ts"

/** Facts that precede the agent's instructions in a model's system prompt. */
export interface BriefingFacts {
  agentName: string
  personName: string
  /** IANA name; null when the person's browser has not reported one. */
  timeZone: string | null
  /** `turn_source` of the message. */
  source: string
  now: Date
}

const nameCharactersMax = 100
const sources: Record<string, string | undefined> = {
  web: "Studio's web page",
  extension: "the browser extension",
  slack: "Slack",
  api: "a program, over the API",
}

/**
 * The complete system prompt of a model; the agent form shows the same. It contains a date but no time
 * of day, so that a vendor's prompt cache serves all turns of a day.
 */
export function briefModel(facts: BriefingFacts, instructions: string): string {
  const { now } = facts
  // Another version of the server may know more zones.
  const isKnown = facts.timeZone !== null && isTimeZone(facts.timeZone)
  const timeZone = isKnown ? facts.timeZone : null
  const date = new Intl.DateTimeFormat("en-GB", { dateStyle: "full", timeZone: timeZone ?? "UTC" })
  const lines = [
    `You are ${oneLine(facts.agentName)}, an agent in Studio.`,
    `The person you talk with is ${oneLine(facts.personName)}.`,
    `Today is ${date.format(now)}.`,
    timeZone === null
      ? "Their time zone is not known; the date is that of UTC."
      : `${zoneLine}${timeZone}.`,
    `Their message came from ${sources[facts.source] ?? "another program"}.`,
  ]
  return `${lines.join("\n")}\n\n${instructions}`.trimEnd()
}

const zoneLine = "Their time zone is "

/** The time zone in a briefing from `briefModel`, or null: for models that are programs. */
export function readTimeZone(briefing: string): string | null {
  // Only before the instructions, which may contain such a line too.
  const line = briefing
    .split("\n", 5)
    .find((text) => text.startsWith(zoneLine) && text.endsWith(".") && !text.includes(";"))
  return line?.slice(zoneLine.length, -1) ?? null
}

/** Prevents a name from adding lines or changing the text direction of later ones. */
function oneLine(name: string): string {
  const line = name.replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\s]+/gu, " ").trim()
  return line === "" ? "(no name)" : line.slice(0, nameCharactersMax).toWellFormed()
}
