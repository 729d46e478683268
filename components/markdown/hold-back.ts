import { closeMarks } from "./close-marks.ts"

/**
 * Returns the part of streaming prose that is safe to render: closes open marks, and holds back
 * anything that could still become a mark, a table or a formula.
 */
export function holdBack(source: string): string {
  const known = holdBackTable(source)
  if (isTable(known)) return known
  const shown = withoutOpenLine(known)
  const start = lineStart(shown)
  return shown.slice(0, start) + closeMarks(withoutOpenTail(shown.slice(start)))
}

/** A table header looks like plain text with bars until its delimiter row is complete. */
function holdBackTable(text: string): string {
  const paragraph = text.slice(paragraphStart(text))
  if (!paragraph.startsWith("|")) return text
  const lines = paragraph.split("\n")
  const [, rule, ...rest] = lines
  const isWaiting = rule === undefined || (rest.length === 0 && /^[\s|:-]*$/.test(rule))
  if (isWaiting) return text.slice(0, text.length - paragraph.length)
  // The last row has too few cells until it is complete.
  const row = lines.at(-1) ?? ""
  const cells = (line: string) => line.split("|").length
  const isComplete = !isRule(rule) || (/\|\s*$/.test(row) && cells(row) >= cells(rule))
  return isComplete ? text : text.slice(0, text.length - row.length - 1)
}

function isTable(text: string): boolean {
  const [head = "", rule = ""] = text.slice(paragraphStart(text)).split("\n")
  return head.startsWith("|") && isRule(rule)
}

function isRule(line: string): boolean {
  return /^[\s|:-]*-[\s|:-]*$/.test(line)
}

function paragraphStart(text: string): number {
  const start = text.lastIndexOf("\n\n")
  return start === -1 ? 0 : start + 2
}

/** A last line of only marks may still become a list, heading, rule or fence. */
function withoutOpenLine(text: string): string {
  return text.replace(
    /(^|\n)[ \t>]*(?:(?:[-*+]|\d{1,9}[.)]) +)?(?:[-*+#=~`_>|]+|\d{1,9}[.)]?|\[[ xX]?\]?|\\[[(]?|\$\$?)?[ \t]*$/,
    "",
  )
}

/** Start of the inline text of the last line, after its block marker. */
function lineStart(text: string): number {
  const paragraph = paragraphStart(text)
  let start = paragraph
  const marks = /^(?:[ \t]*>)*[ \t]*(?:#{1,6} +|(?:[-*+]|\d{1,9}[.)]) +(?:\[[ xX]\] +)?)?/
  let at = paragraph
  for (const line of text.slice(paragraph).split("\n")) {
    const mark = marks.exec(line)?.[0] ?? ""
    if (mark.trim() !== "" || at === paragraph) start = at + mark.length
    at += line.length + 1
  }
  return start
}

function withoutOpenTail(line: string): string {
  return withoutOpenMath(line)
    .replace(/\[\^?\d{0,3}\]?$/, "")
    .replace(/[ \t]*[*_~`!<\\]+$/, "")
    .replace(/\[([^\][\n]*)\]$/, "[$1")
}

/** The usual maximum length of inline math; longer text is not held back. */
const openMathMax = 80

function withoutOpenMath(line: string): string {
  // A dollar sign before a digit is more likely a price than a formula.
  const closed = line.replace(
    /\$\$[^$\n]+\$\$|(?<!\$)\$[^\s$](?:[^$\n]*[^\s$])?\$(?![\d$])/g,
    (math) => "m".repeat(math.length),
  )
  const open =
    /(?:(?<![\w$\\])\$(?![\s\d$])[^$\n]*|(?<!\$)\$\$?|\$\$[^$\n]+\$?|\\[([](?:[^\\\n]|\\[^)\]\n])*\\?)$/.exec(
      closed,
    )
  if (open === null || open[0].length > openMathMax || isInCode(line.slice(0, open.index)))
    return line
  return line.slice(0, open.index)
}

function isInCode(start: string): boolean {
  return start.split("`").length % 2 === 0
}
