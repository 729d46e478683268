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

/** Text that round-trips through storage and display: no lone surrogate, no NUL, limited in length. */
export function storableText(charactersMax: number) {
  return z
    .string()
    .check((context) => {
      const message = findTextFault(context.value, charactersMax)
      // Aborts the remaining checks, which may be expensive on a long text.
      if (message !== null) {
        context.issues.push({ code: "custom", message, input: context.value, continue: false })
      }
    })
    .meta({ maxLength: charactersMax })
}

/** Checks the length first, so that megabytes cost nothing: a character has at most two units. */
function findTextFault(text: string, charactersMax: number): string | null {
  const tooLong = `must be at most ${charactersMax} characters`
  if (text.length > 2 * charactersMax) return tooLong
  if (!text.isWellFormed()) return "must be well-formed Unicode"
  if (text.includes("\0")) return "must not contain U+0000"
  return text.length > charactersMax && countCharacters(text) > charactersMax ? tooLong : null
}
