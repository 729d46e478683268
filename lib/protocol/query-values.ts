import { z } from "zod"

/** In the metadata of a query parameter: it may come once, otherwise nobody knows which is meant. */
export const onceKey = "once"

/** A whole number in decimal; the ranges are clamped where they are used. */
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

/** A text of which nothing is an error: the handler knows what the unknown means. */
export function lenientText(description: string) {
  return z.string().optional().meta({ description })
}

export function choice<const T extends readonly [string, ...string[]]>(values: T) {
  return z
    .enum(values)
    .optional()
    .meta({ [onceKey]: true })
}
