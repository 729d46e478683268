import * as chrono from "chrono-node"
import { z } from "zod"

import { defineTool } from "./define-tool.ts"

const inputSchema = z.object({
  timezone: z
    .string()
    .max(64)
    .default("UTC")
    .describe("IANA time zone, for example Europe/Berlin."),
  when: z
    .string()
    .max(200)
    .optional()
    .describe("A moment in words: “in 3 days”, “next Friday at 5pm”, “25 December”."),
})

/** Tells the time, and resolves dates given in words. */
export const currentTime = defineTool({
  name: "current_time",
  description:
    "The current date and time in a time zone; with `when`, also the date that words such as “in 3 days” mean and how far away it is.",
  scope: "read",
  inputSchema,
  summarizeArgs: ({ timezone, when }) =>
    when === undefined ? `Time in ${timezone}` : `When is “${when}” in ${timezone}`,
  run: async ({ timezone, when }) => tellTime(new Date(), timezone, when),
})

/** @throws Error when the time zone or the words are unknown */
export function tellTime(now: Date, timezone: string, when?: string) {
  const zone = readZone(timezone)
  const current = describe(now, zone, "short")
  if (when === undefined) {
    return { summary: `${current.text}`, result: { now: current, timezone: zone } }
  }
  const offset = offsetMinutes(now, zone)
  const found = chrono.parse(when, { instant: now, timezone: offset }, { forwardDate: true })[0]
  if (found === undefined) throw new Error(`“${when}” is no date I can read.`)
  // The zone's offset may be another one then, across a change to summer time.
  const first = found.date()
  const isExplicit = found.start.isCertain("timezoneOffset")
  const shiftMinutes = isExplicit ? 0 : offset - offsetMinutes(first, zone)
  const date = isRelative(found) ? first : new Date(first.getTime() + shiftMinutes * 60_000)
  const meant = describe(date, zone, found.start.isCertain("hour") ? "short" : undefined)
  const days = dayNumber(date, zone) - dayNumber(now, zone)
  return {
    summary: `${when}: ${meant.text}`,
    result: { now: current, timezone: zone, when, meant, days_from_now: days },
  }
}

/** “in 2 hours” is elapsed time, regardless of clock changes in between. */
function isRelative(found: chrono.ParsedResult): boolean {
  return /\b(?:hour|minute|second)s?\b/i.test(found.text) && !found.start.isCertain("weekday")
}

function readZone(timezone: string): string {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: timezone }).resolvedOptions().timeZone
  } catch (error) {
    throw new Error(`“${timezone}” is no time zone I know.`, { cause: error })
  }
}

/** A day without an hour is not given one. */
function describe(date: Date, zone: string, timeStyle: "short" | undefined) {
  const text = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone,
    dateStyle: "full",
    ...(timeStyle === undefined ? {} : { timeStyle }),
  }).format(date)
  return { iso: date.toISOString(), text: `${text} (${zone})` }
}

function parts(date: Date, zone: string): number[] {
  const formatted = new Intl.DateTimeFormat("en-CA", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  }).format(date)
  return formatted.match(/\d+/g)?.map(Number) ?? []
}

function offsetMinutes(date: Date, zone: string): number {
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = parts(date, zone)
  const local = Date.UTC(year, month - 1, day, hour, minute, second)
  return Math.round((local - Math.floor(date.getTime() / 1000) * 1000) / 60_000)
}

function dayNumber(date: Date, zone: string): number {
  const [year = 0, month = 1, day = 1] = parts(date, zone)
  return Date.UTC(year, month - 1, day) / 86_400_000
}
