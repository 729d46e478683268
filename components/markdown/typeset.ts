import "katex/dist/katex.min.css"
import katex from "katex"

/** Longer input is an attack on the main thread, not a formula. */
const charactersMax = 4_000

/** Returns KaTeX markup, or null for invalid input. */
export function typeset(tex: string, isDisplay: boolean): string | null {
  if (tex.length > charactersMax) return null
  try {
    return katex.renderToString(tex, {
      displayMode: isDisplay,
      throwOnError: true,
      trust: false,
      strict: "ignore",
      maxExpand: 500,
      maxSize: 20,
    })
  } catch (error) {
    if (error instanceof katex.ParseError || error instanceof RangeError) return null
    throw error
  }
}
