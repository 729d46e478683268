import { z } from "zod"

/** Anything but white space, format characters, control characters and blank letters. */
const visible = /[^\p{White_Space}\p{Cf}\p{Cc}\u115f\u1160\u2800\u3164\uffa0]/u

export function isBlank(text: string): boolean {
  return !visible.test(text)
}

/** Characters as people count them: code points. */
export function countCharacters(text: string): number {
  let count = text.length
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit >= 0xd800 && unit <= 0xdbff) count -= 1
  }
  return count
}

/** Text that can be stored and shown byte for byte: no lone surrogate, no NUL, at most so long. */
export function storableText(charactersMax: number) {
  return z
    .string()
    .refine((text) => text.isWellFormed(), "must be well-formed Unicode")
    .refine((text) => !text.includes("\0"), "must not contain U+0000")
    .refine(
      (text) => text.length <= charactersMax || countCharacters(text) <= charactersMax,
      `must be at most ${charactersMax} characters`,
    )
    .meta({ maxLength: charactersMax })
}
