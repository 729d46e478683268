import "katex/dist/katex.min.css"
import katex from "katex"

/** Longer ones are an attack on the page's time, not a formula. */
const charactersMax = 4_000

/** A formula as KaTeX's markup, or null where it is none. */
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
