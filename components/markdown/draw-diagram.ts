interface Mermaid {
  initialize(config: Record<string, unknown>): void
  render(id: string, source: string): Promise<{ svg: string }>
}

const charactersMax = 20_000
let drawn = 0

/**
 * Renders a diagram as an image, which can neither run scripts nor load resources. Mermaid measures
 * it in the page first, so sources that could load something are rejected before that.
 * @returns null when the source cannot or must not be rendered
 */
export async function drawDiagram(
  source: string,
  isDark: boolean,
): Promise<{ svg: Blob; widthPx: number } | null> {
  if (source.length > charactersMax || canLoad(source)) return null
  const mermaid = await loadMermaid()
  mermaid.initialize({ ...config, theme: isDark ? "dark" : "neutral" })
  drawn += 1
  const id = `diagram-${drawn}`
  try {
    const { svg } = await mermaid.render(id, source)
    const widthPx = Number(/viewBox="[-\d.]+ [-\d.]+ ([\d.]+)/.exec(svg)?.[1] ?? 600)
    return { svg: new Blob([svg], { type: "image/svg+xml" }), widthPx: Math.ceil(widthPx) }
  } catch {
    // Any parse error: the caller shows the source instead.
    return null
  } finally {
    document.getElementById(`d${id}`)?.remove()
  }
}

/** Settings inside the source, images, and URLs or styles that contain one. */
export function canLoad(source: string): boolean {
  return /%%\s*\{|^\s*---|@import|url\s*\(|\b(?:https?|data|javascript):|\/\/|@\{[^}]*\b(?:img|icon)\b|^\s*(?:classDef|style|linkStyle)\b.*[\\(]|<(?!-|--|\||br\s*\/?>|<)\s*[a-z!/?]/im.test(
    source,
  )
}

const config = {
  startOnLoad: false,
  securityLevel: "strict",
  suppressErrorRendering: true,
  htmlLabels: false,
  flowchart: { htmlLabels: false },
  // An SVG image cannot use the page's web fonts.
  fontFamily: "ui-sans-serif, system-ui, sans-serif",
  maxTextSize: charactersMax,
  maxEdges: 300,
  secure: [
    "secure",
    "securityLevel",
    "startOnLoad",
    "maxTextSize",
    "maxEdges",
    "htmlLabels",
    "themeCSS",
    "fontFamily",
  ],
}

let loading: Promise<Mermaid> | null = null

/** The package is a script that sets a global, not a module. */
function loadMermaid(): Promise<Mermaid> {
  loading ??= new Promise<Mermaid>((resolve, reject) => {
    const script = document.createElement("script")
    script.src = new URL(
      "../../node_modules/@mermaid-js/tiny/dist/mermaid.tiny.js",
      import.meta.url,
    ).href
    script.addEventListener("load", () => resolve((globalThis as unknown as MermaidHost).mermaid))
    script.addEventListener("error", () => {
      loading = null
      reject(new Error("The code that draws diagrams did not load."))
    })
    document.head.append(script)
  })
  return loading
}

interface MermaidHost {
  mermaid: Mermaid
}
