/** Tells Excel that the file is UTF-8. */
const byteOrderMark = "\ufeff"

/** Characters that start a formula, in the variants that localized spreadsheets accept. */
const formulaStart = "=+\\-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b\u2212"
/** Invisible or trimmed characters that may precede a formula. */
const unseen = '\\s\\p{Default_Ignorable_Code_Point}\\p{Cf}\\p{Cc}"'
/**
 * Positions in a cell where a formula may begin: at its start, and after a semicolon or a line break,
 * because spreadsheets that separate by semicolons ignore our quotes and start another cell there.
 */
const formula = new RegExp(
  [
    `^(?=[${unseen}]*[${formulaStart}]|[\\t\\r\\n])`,
    `(?<=;|\\n|\\r(?!\\n))(?=(?:(?![\\t\\r\\n])[${unseen}])*[${formulaStart}])`,
  ].join("|"),
  "gu",
)

/** The header row of a file. */
export function csvHeader(names: readonly string[]): string {
  return byteOrderMark + csvLine(names)
}

/**
 * One CSV row. Text gets an apostrophe wherever a spreadsheet would run it as a formula.
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
