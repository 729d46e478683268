/** By it Excel knows that a file is UTF-8. */
const byteOrderMark = "\ufeff"

/** What starts a formula, in the forms that spreadsheets of all languages take for it. */
const formulaStart = "=+\\-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b\u2212"
/** What is not seen, or is trimmed away, before it is looked for. */
const unseen = '\\s\\p{Default_Ignorable_Code_Point}\\p{Cf}\\p{Cc}"'
/**
 * Where a cell that is a formula may begin: at the start of ours, and after a semicolon or a line break
 * in it, where spreadsheets that separate by semicolons see no quotes and begin another one.
 */
const formula = new RegExp(
  [
    `^(?=[${unseen}]*[${formulaStart}]|[\\t\\r\\n])`,
    `(?<=;|\\n|\\r(?!\\n))(?=(?:(?![\\t\\r\\n])[${unseen}])*[${formulaStart}])`,
  ].join("|"),
  "gu",
)

/** The first line of a file. */
export function csvHeader(names: readonly string[]): string {
  return byteOrderMark + csvLine(names)
}

/**
 * One line of CSV. A text gets an apostrophe wherever a spreadsheet would begin to run it as a formula.
 * @see https://www.rfc-editor.org/rfc/rfc4180
 * @see https://owasp.org/www-community/attacks/CSV_Injection
 */
export function csvLine(cells: readonly (string | number | null)[]): string {
  return `${cells.map((cell) => encodeCell(cell)).join(",")}\r\n`
}

function encodeCell(cell: string | number | null): string {
  if (cell === null) return ""
  if (typeof cell === "number") return String(cell)
  const text = cell.replace(formula, "'")
  return /[",;\t\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
