import type MarkdownIt from "markdown-it"

/**
 * Inline math: `$…$`, `$$…$$`, `\(…\)`, `\[…\]`. A single dollar opens only before and closes only
 * after a non-space, and never before a digit, so that prices stay prices.
 */
export function inlineMath(parser: MarkdownIt): void {
  parser.inline.ruler.before("escape", "math", (state, isSilent) => {
    const found = findMath(state)
    if (found === null) return false
    if (!isSilent) {
      const token = state.push("math", "", 0)
      token.content = found.tex
      token.meta = { isDisplay: found.isDisplay }
    }
    state.pos = found.end
    return true
  })
}

interface Found {
  tex: string
  isDisplay: boolean
  end: number
}

function findMath({
  src,
  pos,
  posMax,
}: {
  src: string
  pos: number
  posMax: number
}): Found | null {
  const two = src.slice(pos, pos + 2)
  if (two === "$$") return between(src, pos, posMax, "$$", true)
  if (two === "\\(") return between(src, pos, posMax, "\\)", false)
  if (two === "\\[") return between(src, pos, posMax, "\\]", true)
  if (src[pos] !== "$" || /[\s$]/.test(src[pos + 1] ?? " ")) return null
  return betweenDollars(src, pos, posMax)
}

/** Maximum distance searched for a closing delimiter. */
const charactersMax = 1_000

function between(src: string, pos: number, posMax: number, closer: string, isDisplay: boolean) {
  const within = src.slice(pos + 2, Math.min(posMax, pos + 2 + charactersMax))
  const length = within.indexOf(closer)
  const tex = within.slice(0, length).trim()
  if (length === -1 || tex === "" || tex.includes("\n\n")) return null
  return { tex, isDisplay, end: pos + 2 + length + closer.length }
}

function betweenDollars(src: string, pos: number, posMax: number): Found | null {
  const last = Math.min(posMax, pos + charactersMax)
  for (let at = pos + 1; at < last; at++) {
    if (src[at] === "\\") at += 1
    else if (src[at] === "\n") return null
    else if (src[at] === "$") {
      if (/\s/.test(src[at - 1] ?? "") || /\d/.test(src[at + 1] ?? "")) return null
      return { tex: src.slice(pos + 1, at), isDisplay: false, end: at + 1 }
    }
  }
  return null
}
