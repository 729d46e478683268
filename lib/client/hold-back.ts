/**
 * Of text that is still being written, what can be shown: the head of a table is only a row of bars
 * until the line below it is complete, so both wait for the line break after it.
 */
export function holdBackTable(text: string): string {
  const start = text.lastIndexOf("\n\n")
  const paragraph = text.slice(start === -1 ? 0 : start + 2)
  if (!paragraph.startsWith("|")) return text
  const [, rule, ...rest] = paragraph.split("\n")
  const isWaiting = rule === undefined || (rest.length === 0 && /^[\s|:-]*$/.test(rule))
  return isWaiting ? text.slice(0, text.length - paragraph.length) : text
}
