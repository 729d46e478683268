/** The largest position a cursor can name: 15 digits stay exact in a JavaScript number. */
const cursorDigitsMax = 15

/**
 * Parses a cursor (`Last-Event-ID` or `since_seq`): the decimal journal seq.
 * @returns the seq, or null when the text is not a valid cursor
 */
export function parseCursor(text: string): number | null {
  if (!/^[0-9]+$/.test(text) || text.length > cursorDigitsMax) return null
  return Number(text)
}

export function formatCursor(seq: number): string {
  return String(seq)
}
