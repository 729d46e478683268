import { z } from "zod"

import { isStorableTime } from "./stored-time.ts"

/**
 * Metadata of a query parameter that may occur only once, because a second value would be ambiguous.
 */
export const onceKey = "once"

/** A whole number in decimal; handlers clamp it to their range. */
export function wholeNumber(description: string) {
  return z
    .string()
    .regex(/^-?[0-9]{1,15}$/, "must be a whole number")
    .transform(Number)
    .optional()
    .meta({ description, type: "integer", [onceKey]: true })
}

/** A whole number from 0. */
export function naturalNumber(description: string) {
  return z
    .string()
    .regex(/^[0-9]{1,15}$/, "must be a whole number from 0")
    .transform(Number)
    .optional()
    .meta({ description, type: "integer", minimum: 0, [onceKey]: true })
}

/** A text that is never invalid: the handler interprets unknown values. */
export function lenientText(description: string) {
  return z.string().optional().meta({ description })
}

export function choice<const T extends readonly [string, ...string[]]>(values: T) {
  return z
    .enum(values)
    .optional()
    .meta({ [onceKey]: true })
}

/** ISO 8601 has a year 0; Postgres does not. */
const isKnownYear = (text: string) => !text.startsWith("0000")

/** A day like `2026-11-26`. */
export function calendarDay(description: string) {
  return z.iso
    .date()
    .refine(isKnownYear, "must be of the year 1 or later")
    .optional()
    .meta({ description, [onceKey]: true })
}

/** An RFC 3339 timestamp. */
export function moment(description: string) {
  return (
    z.iso
      .datetime({ offset: true, message: "must be a time as in RFC 3339" })
      // The year is checked in UTC, because the offset may shift it.
      .refine((text) => isStorableTime(Date.parse(text)), "must be of the years 1 to 9999")
      .optional()
      .meta({ description, [onceKey]: true })
  )
}
