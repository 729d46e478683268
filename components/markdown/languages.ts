import type { LanguageFn } from "lowlight"

interface Language {
  /** The highlighter's name of the language. */
  id: string
  name: string
  load: () => Promise<{ default: LanguageFn }>
}

/** Display name of a block's language. */
export function languageName(written: string): string {
  if (written === "") return "text"
  return (
    languageOf(written)?.name ??
    (written.toLowerCase() === "mermaid" ? "Mermaid" : written.slice(0, 40))
  )
}

export function languageOf(written: string): Language | null {
  return byName.get(written.toLowerCase()) ?? null
}

const languages: readonly (Language & { names: string })[] = [
  {
    id: "bash",
    name: "Shell",
    names: "bash sh shell zsh console shellsession",
    load: () => import("highlight.js/lib/languages/bash"),
  },
  { id: "c", name: "C", names: "c h", load: () => import("highlight.js/lib/languages/c") },
  {
    id: "cpp",
    name: "C++",
    names: "cpp c++ cc hpp",
    load: () => import("highlight.js/lib/languages/cpp"),
  },
  {
    id: "csharp",
    name: "C#",
    names: "csharp c# cs",
    load: () => import("highlight.js/lib/languages/csharp"),
  },
  { id: "css", name: "CSS", names: "css", load: () => import("highlight.js/lib/languages/css") },
  {
    id: "dart",
    name: "Dart",
    names: "dart",
    load: () => import("highlight.js/lib/languages/dart"),
  },
  {
    id: "diff",
    name: "Diff",
    names: "diff patch",
    load: () => import("highlight.js/lib/languages/diff"),
  },
  {
    id: "dockerfile",
    name: "Dockerfile",
    names: "dockerfile docker",
    load: () => import("highlight.js/lib/languages/dockerfile"),
  },
  {
    id: "elixir",
    name: "Elixir",
    names: "elixir ex exs",
    load: () => import("highlight.js/lib/languages/elixir"),
  },
  { id: "go", name: "Go", names: "go golang", load: () => import("highlight.js/lib/languages/go") },
  {
    id: "graphql",
    name: "GraphQL",
    names: "graphql gql",
    load: () => import("highlight.js/lib/languages/graphql"),
  },
  {
    id: "haskell",
    name: "Haskell",
    names: "haskell hs",
    load: () => import("highlight.js/lib/languages/haskell"),
  },
  { id: "ini", name: "INI", names: "ini", load: () => import("highlight.js/lib/languages/ini") },
  { id: "ini", name: "TOML", names: "toml", load: () => import("highlight.js/lib/languages/ini") },
  {
    id: "java",
    name: "Java",
    names: "java",
    load: () => import("highlight.js/lib/languages/java"),
  },
  {
    id: "javascript",
    name: "JavaScript",
    names: "javascript js mjs cjs",
    load: () => import("highlight.js/lib/languages/javascript"),
  },
  {
    id: "javascript",
    name: "JSX",
    names: "jsx",
    load: () => import("highlight.js/lib/languages/javascript"),
  },
  {
    id: "json",
    name: "JSON",
    names: "json json5 jsonc jsonl",
    load: () => import("highlight.js/lib/languages/json"),
  },
  {
    id: "kotlin",
    name: "Kotlin",
    names: "kotlin kt",
    load: () => import("highlight.js/lib/languages/kotlin"),
  },
  {
    id: "less",
    name: "Less",
    names: "less",
    load: () => import("highlight.js/lib/languages/less"),
  },
  { id: "lua", name: "Lua", names: "lua", load: () => import("highlight.js/lib/languages/lua") },
  {
    id: "makefile",
    name: "Makefile",
    names: "makefile make mk",
    load: () => import("highlight.js/lib/languages/makefile"),
  },
  {
    id: "markdown",
    name: "Markdown",
    names: "markdown md",
    load: () => import("highlight.js/lib/languages/markdown"),
  },
  {
    id: "nginx",
    name: "nginx",
    names: "nginx",
    load: () => import("highlight.js/lib/languages/nginx"),
  },
  {
    id: "perl",
    name: "Perl",
    names: "perl pl",
    load: () => import("highlight.js/lib/languages/perl"),
  },
  { id: "php", name: "PHP", names: "php", load: () => import("highlight.js/lib/languages/php") },
  {
    id: "powershell",
    name: "PowerShell",
    names: "powershell ps1 pwsh",
    load: () => import("highlight.js/lib/languages/powershell"),
  },
  {
    id: "protobuf",
    name: "Protobuf",
    names: "protobuf proto",
    load: () => import("highlight.js/lib/languages/protobuf"),
  },
  {
    id: "python",
    name: "Python",
    names: "python py python3",
    load: () => import("highlight.js/lib/languages/python"),
  },
  { id: "r", name: "R", names: "r", load: () => import("highlight.js/lib/languages/r") },
  {
    id: "ruby",
    name: "Ruby",
    names: "ruby rb",
    load: () => import("highlight.js/lib/languages/ruby"),
  },
  {
    id: "rust",
    name: "Rust",
    names: "rust rs",
    load: () => import("highlight.js/lib/languages/rust"),
  },
  {
    id: "scala",
    name: "Scala",
    names: "scala",
    load: () => import("highlight.js/lib/languages/scala"),
  },
  {
    id: "scss",
    name: "SCSS",
    names: "scss sass",
    load: () => import("highlight.js/lib/languages/scss"),
  },
  {
    id: "sql",
    name: "SQL",
    names: "sql postgres postgresql mysql sqlite",
    load: () => import("highlight.js/lib/languages/sql"),
  },
  {
    id: "swift",
    name: "Swift",
    names: "swift",
    load: () => import("highlight.js/lib/languages/swift"),
  },
  {
    id: "typescript",
    name: "TypeScript",
    names: "typescript ts mts cts",
    load: () => import("highlight.js/lib/languages/typescript"),
  },
  {
    id: "typescript",
    name: "TSX",
    names: "tsx",
    load: () => import("highlight.js/lib/languages/typescript"),
  },
  {
    id: "xml",
    name: "HTML",
    names: "html xhtml vue svelte",
    load: () => import("highlight.js/lib/languages/xml"),
  },
  {
    id: "xml",
    name: "XML",
    names: "xml svg",
    load: () => import("highlight.js/lib/languages/xml"),
  },
  {
    id: "yaml",
    name: "YAML",
    names: "yaml yml",
    load: () => import("highlight.js/lib/languages/yaml"),
  },
]

const byName = new Map(
  languages.flatMap((language) =>
    language.names.split(" ").map((name) => [name, language] as const),
  ),
)
