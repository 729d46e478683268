/**
 * A piece of an answer that renders on its own, so that streaming text re-renders only the last
 * piece.
 */
export type MarkdownBlock =
  | { kind: "prose"; source: string }
  | { kind: "code"; language: string; code: string; isClosed: boolean }
  | { kind: "math"; tex: string; source: string; isClosed: boolean }

/**
 * Splits markdown where two blocks are independent: at unindented fences and displayed math, and at
 * blank lines that do not continue a list or indented text.
 */
export function splitBlocks(text: string): MarkdownBlock[] {
  const blocks: MarkdownBlock[] = []
  const lines = text.split("\n")
  let prose: string[] = []
  let index = 0

  const endProse = () => {
    const source = prose.join("\n").replace(/\n+$/, "")
    if (source !== "") blocks.push({ kind: "prose", source })
    prose = []
  }

  while (index < lines.length) {
    const line = lines[index] ?? ""
    const taken = takeFence(lines, index) ?? takeMath(lines, index)
    if (taken !== null) {
      endProse()
      blocks.push(taken.block)
      index = taken.next
      continue
    }
    if (prose.length > 0 && prose.at(-1) === "" && line !== "" && !goesOn(prose, line)) endProse()
    if (prose.length > 0 || line.trim() !== "") prose.push(line.trim() === "" ? "" : line)
    index += 1
  }
  endProse()
  return blocks
}

interface Taken {
  block: MarkdownBlock
  next: number
}

/** @see https://spec.commonmark.org/0.31.2/#fenced-code-blocks */
function takeFence(lines: readonly string[], start: number): Taken | null {
  const opening = /^( {0,3})(`{3,}(?=[^`]*$)|~{3,})(.*)$/.exec(lines[start] ?? "")
  if (opening === null) return null
  const [, indent = "", fence = "", info = ""] = opening
  const closing = new RegExp(`^ {0,3}${fence[0]}{${fence.length},}[ \\t]*$`)
  let end = start + 1
  while (end < lines.length && !closing.test(lines[end] ?? "")) end += 1
  const inside = lines.slice(start + 1, end)
  const code = inside.map((line) => withoutIndent(line, indent.length)).join("\n")
  const language = info.trim().split(/[\s{]/, 1)[0] ?? ""
  return { block: { kind: "code", language, code, isClosed: end < lines.length }, next: end + 1 }
}

function withoutIndent(line: string, width: number): string {
  let cut = 0
  while (cut < width && line[cut] === " ") cut += 1
  return line.slice(cut)
}

const mathMarks = [
  { opening: /^ {0,3}\$\$(?!\$)(.*)$/, closing: "$$" },
  { opening: /^ {0,3}\\\[(.*)$/, closing: "\\]" },
]

function takeMath(lines: readonly string[], start: number): Taken | null {
  for (const { opening, closing } of mathMarks) {
    const first = opening.exec(lines[start] ?? "")?.[1]
    if (first === undefined) continue
    // `$$a$$ and more` is prose with inline math.
    const inLine = first.indexOf(closing)
    if (inLine !== -1 && first.slice(inLine + closing.length).trim() !== "") return null
    let end = start
    const closes = (line: string) => line.trimEnd().endsWith(closing)
    const rest = (at: number) => (at === start ? first : (lines[at] ?? ""))
    while (end < lines.length && !closes(rest(end))) end += 1
    const isClosed = end < lines.length
    const inside = Array.from(
      { length: Math.min(end, lines.length - 1) - start + 1 },
      (_, offset) => rest(start + offset),
    ).join("\n")
    const tex = isClosed ? inside.trimEnd().slice(0, -closing.length) : inside
    const source = lines.slice(start, end + 1).join("\n")
    return { block: { kind: "math", tex: tex.trim(), source, isClosed }, next: end + 1 }
  }
  return null
}

const listItem = /^ {0,3}(?:[-*+]|\d{1,9}[.)])(?:\s|$)/

/** Whether a block continues with this line after a blank one. */
function goesOn(before: readonly string[], line: string): boolean {
  if (/^(?: {2,}|\t)/.test(line)) return true
  return listItem.test(before[0] ?? "") && listItem.test(line)
}
