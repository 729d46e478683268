import { renderToStaticMarkup } from "react-dom/server"
import { describe, expect, test } from "vitest"

import { canLoad } from "#components/markdown/draw-diagram.ts"
import { Markdown } from "#components/markdown/markdown.tsx"
import { typeset } from "#components/markdown/typeset.ts"
import { hostileTexts, slowTexts } from "#tests/support/hostile-text.ts"

const texts = hostileTexts("http://sink.example:8123")
const tags = new Set(
  (
    "div p h2 h3 h4 h5 h6 blockquote hr ul ol li table thead tbody tr th td section pre code " +
    "strong em del br a img input span figure figcaption button svg path rect circle line polyline"
  ).split(" "),
)

describe("hostile text", () => {
  test.each(texts)("creates only elements and URLs of the allowlist: %j", (text) => {
    const stride = Math.max(1, Math.ceil(text.length / 15))
    for (let length = 1; length <= text.length; length += stride) {
      expectHarmless(renderToStaticMarkup(<Markdown text={text.slice(0, length)} isLive />))
    }
    expectHarmless(
      renderToStaticMarkup(<Markdown text={`Before\n\n${text}\n\nAfter`} isLive={false} />),
    )
  })

  test.each(slowTexts)("renders quickly: %.20j", (text) => {
    const before = process.cpuUsage().user
    renderToStaticMarkup(<Markdown text={text} isLive={false} />)
    renderToStaticMarkup(<Markdown text={text} isLive />)
    expect((process.cpuUsage().user - before) / 1_000).toBeLessThan(1_000)
  })

  test("links reveal their target, whatever their text claims", () => {
    const html = renderToStaticMarkup(
      <Markdown
        text="[https://bank.example](http://u:p@sink.example) [x](https://xn--80ak6aa92e.example/)"
        isLive={false}
      />,
    )
    expect(html).toContain("(sink.example)")
    expect(html).toContain("(xn--80ak6aa92e.example)")
  })

  test("invisible and bidirectional control characters are made visible", () => {
    const html = renderToStaticMarkup(
      <Markdown text={"\u202Eabc\u001b[0m\u{E0041}"} isLive={false} />,
    )
    expect(html).toContain("\uFFFDabc\u241B[0m\uFFFD")
  })
})

test("a formula contains neither URLs nor attributes of its own", () => {
  expect(typeset("x^2", false)).toContain("katex")
  for (const tex of [
    "\\href{javascript:alert(1)}{x}",
    "\\url{https://sink.example}",
    '\\htmlData{x="><img src=x onerror=alert(1)>}{x}',
    "\\htmlStyle{background:url(//sink.example)}{x}",
    "\\includegraphics{https://sink.example/a.png}",
  ]) {
    expect(typeset(tex, true) ?? "").not.toMatch(
      /<(a|img)\b|<[^>]*\s(href|src|data-x|onerror)=|style="background/,
    )
  }
  expect(typeset("\\frac{", false)).toBeNull()
  expect(typeset(`\\begin{matrix}${"a&".repeat(100_000)}\\end{matrix}`, true)).toBeNull()
})

test("a diagram that could load or configure anything is not rendered", () => {
  const drawings = texts
    .filter((text) => text.startsWith("```mermaid"))
    .map((text) => text.slice(10, -3))
  expect(drawings.length).toBeGreaterThan(4)
  expect(drawings.filter((source) => !canLoad(source))).toEqual([])
  const harmless = [
    "flowchart LR\n  A[Send] --> B{Answered?}\n  B -- yes --> C\n  B <--> D",
    "sequenceDiagram\n  Mira->>Studio: Hello\n  Studio-->>Mira: <br/>Hi",
    "classDiagram\n  Animal <|-- Duck\n  class Duck\n  style Duck fill:#f9f",
    'pie title Pets\n  "Dogs" : 386',
  ]
  expect(harmless.filter(canLoad)).toEqual([])
})

function expectHarmless(html: string): void {
  expect(harmfulParts(html)).toEqual([])
}

/** Elements, attributes and URLs outside the allowlist. */
function harmfulParts(html: string): string[] {
  const found: string[] = []
  for (const [tag, name = "", attributes = ""] of html.matchAll(
    /<([a-zA-Z][^\s/>]*)((?:[^>"]|"[^"]*")*)>/g,
  )) {
    if (!tags.has(name)) found.push(tag)
    for (const [, attribute = "", value = ""] of attributes.matchAll(
      /([^\s="]+)(?:="([^"]*)")?/g,
    )) {
      const isForeign = /^(on|id$|name$|srcset|style$|action|formaction|ping|background)/i
      if (isForeign.test(attribute)) found.push(tag)
      if (attribute === "href" && !/^(https?:\/\/|mailto:)/.test(value)) found.push(tag)
      if (attribute === "src" && !value.startsWith("data:image/")) found.push(tag)
    }
  }
  return found
}
