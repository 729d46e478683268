import { renderToStaticMarkup } from "react-dom/server"
import { describe, expect, test } from "vitest"

import { Markdown } from "#components/markdown/markdown.tsx"

const answer = `Ship **exponential backoff with \`full jitter\`**, _capped_ at ~~nine~~ eight *attempts*.

## What the replay shows

1. A \`Retry-After\` header wins over **the computed** delay.
2. Every attempt carries the same [event id](https://example.com/a_b?c=d), see ![a chart](https://example.com/x.png).
   - nested **point**
   - [x] done

| Strategy | Delivered | Load |
|:---------|----------:|-----:|
| Fixed, **30 s** | 97.1 % | 11.4 |
| Jitter | 99.2 % | 1.6 |

> A quote with **weight**
> on two lines

With probability $p$ it is $E[N] = \\frac{1-p^n}{1-p}$, for $5 and $10 each, and \\(a_1 + b_1\\).

$$
E[N] = \\sum_{k=0}^{n-1} p^k
$$

\`\`\`ts
const capMs = 15 * 60_000 // **not bold**

export const url = "[a](b)"
\`\`\`

---

***Both*** at the end: 2 * 3 * 4, snake_case_name and a https://example.com/link.`

describe("a streaming answer, at every character", () => {
  const sights = Array.from({ length: answer.length }, (_, length) =>
    sight(answer.slice(0, length)),
  )

  test("shows no mark that the complete answer does not show", () => {
    const marks = ["**", "~~", "](", "|--", "|:-", "``", "$E", "$$", "\\(", "- [", "##", "***"]
    for (const [length, { prose }] of sights.entries()) {
      for (const mark of marks) {
        expect(prose.includes(mark), `${mark} after ${answer.slice(0, length).slice(-40)}`).toBe(
          false,
        )
      }
    }
  })

  test("never retracts visible text", () => {
    let before = ""
    for (const [length, { prose }] of sights.entries()) {
      const letters = prose.replace(/[^\p{L}\p{N}]+/gu, "")
      expect(letters.startsWith(before), `${answer.slice(0, length).slice(-40)}`).toBe(true)
      before = letters
    }
  })

  test("ends in the same elements as the complete answer", () => {
    expect(markup(answer, true)).toBe(markup(answer, false))
  })
})

function sight(text: string): { prose: string; code: string } {
  const html = markup(text, true)
  const code = [...html.matchAll(/<(?:pre|code)[^>]*>(.*?)<\/(?:pre|code)>/gs)].map(
    ([, inside]) => inside,
  )
  const prose = html
    .replace(/<figure.*?<\/figure>/gs, " ")
    .replace(/<code class="math-source".*?<\/code>/gs, " ")
    .replace(/<span class="link-host">.*?<\/span>/g, "")
    .replace(/<[^>]+>/g, "")
  return { prose: decode(prose), code: decode(code.join("")) }
}

function markup(text: string, isLive: boolean): string {
  return renderToStaticMarkup(<Markdown text={text} isLive={isLive} />)
}

function decode(html: string): string {
  return html
    .replaceAll("&gt;", ">")
    .replaceAll("&lt;", "<")
    .replaceAll("&quot;", '"')
    .replaceAll("&amp;", "&")
}
