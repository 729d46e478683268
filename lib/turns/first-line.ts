/** The first words of a text on one line. */
export function firstLine(text: string, charactersMax: number): string {
  const line = text
    .slice(0, charactersMax * 4)
    .replace(/\s+/g, " ")
    .trim()
  if (line.length <= charactersMax) return line
  const cut = line.slice(0, charactersMax).toWellFormed()
  const space = cut.lastIndexOf(" ")
  return `${(space > charactersMax / 2 ? cut.slice(0, space) : cut).replace(/\uFFFD$/, "")}…`
}
