import { z } from "zod"

/** The parsed value, or a fault that completes a sentence starting with the variable's name. */
export type Reading<T> = { value: T } | { fault: string }

/**
 * A setting that `read` parses. Quotes around the value and control characters are always refused: they
 * come from files whose reader does not strip quotes.
 */
export function setting<T>(read: (text: string) => Reading<T>) {
  return z.string().transform((text, context): T => {
    const reading = writtenOddly(text) ?? read(text)
    if ("value" in reading) return reading.value
    context.addIssue({ code: "custom", message: reading.fault })
    return z.NEVER
  })
}

const quotes = `"'\`´“”„‟‘’‚‛«»‹›`
const quoted = new RegExp(`^[${quotes}].*[${quotes}]$`, "su")
// oxlint-disable-next-line no-control-regex -- they are what it looks for
const control = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/

function writtenOddly(text: string): { fault: string } | null {
  if (quoted.test(text)) return { fault: "is in quotes; write it without them" }
  if (control.test(text)) return { fault: "has a line break or another control character in it" }
  return null
}
