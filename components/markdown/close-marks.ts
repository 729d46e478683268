interface Open {
  mark: string
  /** Offset in the output so far. */
  at: number
}

/**
 * Closes emphasis, code and link marks that a cut-off line of prose leaves open, so that streaming
 * text looks as it will once the marks are complete.
 */
export function closeMarks(line: string): string {
  const scan: Scan = { text: line.trimEnd(), at: 0, open: [] }
  while (scan.at < scan.text.length) step(scan)
  const brackets = scan.open.filter(({ mark }) => mark === "[" || mark === "![")
  const image = brackets.find(({ mark }) => mark === "![")
  if (image !== undefined) return closeMarks(scan.text.slice(0, image.at))
  const closers = scan.open.filter(({ mark }) => !mark.endsWith("[")).map(({ mark }) => mark)
  let text = scan.text
  for (const { at } of brackets.toReversed()) text = text.slice(0, at) + text.slice(at + 1)
  return text + closers.toReversed().join("")
}

interface Scan {
  text: string
  at: number
  open: Open[]
}

function step(scan: Scan): void {
  const { text, at } = scan
  const character = text[at] ?? ""
  if (character === "\\") scan.at += 2
  else if (character === "`") stepCode(scan)
  else if (character === "*" || character === "_" || character === "~") stepEmphasis(scan)
  else if (character === "[") {
    const isImage = text[at - 1] === "!"
    scan.open.push({ mark: isImage ? "![" : "[", at: isImage ? at - 1 : at })
    scan.at += 1
  } else if (character === "]") stepLink(scan)
  else scan.at += 1
}

function stepCode(scan: Scan): void {
  const width = runLength(scan.text, scan.at)
  const fence = "`".repeat(width)
  let end = scan.at + width
  while (end < scan.text.length) {
    const next = scan.text.indexOf("`", end)
    if (next === -1) break
    const found = runLength(scan.text, next)
    if (found === width) {
      scan.at = next + width
      return
    }
    end = next + found
  }
  scan.open.push({ mark: fence, at: scan.at })
  scan.at = scan.text.length
}

/** Roughly the rules of https://spec.commonmark.org/0.31.2/#emphasis-and-strong-emphasis */
function stepEmphasis(scan: Scan): void {
  const { text, at } = scan
  const character = text[at] ?? ""
  let left = runLength(text, at)
  const before = text[at - 1] ?? " "
  const after = text[at + left] ?? " "
  const isWithin = character === "_" && isWord(before) && isWord(after)
  if (!isWithin && /\S/.test(before)) {
    for (let index = scan.open.length - 1; index >= 0; index--) {
      const mark = scan.open[index]?.mark ?? ""
      if (!mark.startsWith(character) || mark.length > left) continue
      scan.open = scan.open.slice(0, index)
      left -= mark.length
    }
  }
  const canOpen = /\S/.test(after) && !(character === "_" && isWord(before))
  if (canOpen && character === "~" && left === 2) scan.open.push({ mark: "~~", at })
  if (canOpen && character !== "~") {
    if (left >= 2) scan.open.push({ mark: character.repeat(2), at })
    if (left % 2 === 1) scan.open.push({ mark: character, at })
  }
  scan.at = at + runLength(text, at)
}

/** A link's text must be followed by its address. */
function stepLink(scan: Scan): void {
  const { text, at } = scan
  const index = scan.open.findLastIndex(({ mark }) => mark.endsWith("["))
  const opened = scan.open[index]
  scan.at = at + 1
  if (opened === undefined) return
  const close = text[at + 1] === "(" ? text.indexOf(")", at) : -1
  if (text[at + 1] === "(" && close === -1) {
    // The address is incomplete: show only the link's text.
    scan.text = text.slice(0, at)
    scan.at = at
    return
  }
  scan.open = scan.open.slice(0, index)
  if (close !== -1) scan.at = close + 1
}

function runLength(text: string, at: number): number {
  let end = at
  while (text[end] === text[at] && end < text.length) end += 1
  return end - at
}

function isWord(character: string): boolean {
  return /[\p{L}\p{N}_]/u.test(character)
}
