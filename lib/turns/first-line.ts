/** The first words of a text on one line; no character is cut in two. */
export function firstLine(text: string, charactersMax: number): string {
  const line = cut(text, charactersMax * 4)
    .replace(/\s+/g, " ")
    .trim()
  if (line.length <= charactersMax) return line
  const start = cut(line, charactersMax)
  const space = start.lastIndexOf(" ")
  return `${space > charactersMax / 2 ? start.slice(0, space) : start}…`
}

function cut(text: string, unitsMax: number): string {
  return text.length <= unitsMax ? text : text.slice(0, unitsMax).replace(/[\ud800-\udbff]$/, "")
}
