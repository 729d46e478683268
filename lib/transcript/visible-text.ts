/**
 * Text with the characters made visible that would change how other text looks, or hide: those that
 * turn the direction of reading, tags, and controls. One rule for everything people or models wrote.
 */
export function visibleText(text: string): string {
  return text.replace(deceptive, (character) => {
    const code = character.codePointAt(0) ?? 0
    return code < 0x20 ? String.fromCodePoint(0x2400 + code) : "\uFFFD"
  })
}

const deceptive =
  // oxlint-disable-next-line no-control-regex -- it matches control characters on purpose
  /[\u0000-\u0008\u000B-\u001F\u007F\u202A-\u202E\u2066-\u2069\u{E0000}-\u{E007F}]/gu
