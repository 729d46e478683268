import { readdir, readFile } from "node:fs/promises"
import path from "node:path"

import MiniSearch from "minisearch"

interface HandbookSection {
  title: string
  /** Markdown. */
  text: string
}

interface IndexedSection extends HandbookSection {
  id: number
  aliases: string
}

interface Handbook {
  sections: readonly IndexedSection[]
  index: MiniSearch<IndexedSection>
}

/** Answers of lower coverage are guesses: half of a question's words must be the section's. */
const coverageMin = 0.5
const sectionsMax = 3

let loaded: Promise<Handbook> | undefined

/**
 * The sections that answer a question, best first; none when the handbook has no answer. A section
 * counts only when a word of the question is in its title or its other names, and half of them in it.
 */
export async function searchHandbook(query: string): Promise<HandbookSection[]> {
  loaded ??= loadHandbook()
  const { sections, index } = await loaded
  const exact = sections.find((section) => isNameOf(section, query))
  const asked = new Set(terms(query))
  const found = index
    .search(query.slice(0, 500))
    .filter((hit) => {
      const isTitled = Object.values(hit.match).some((fields) =>
        fields.some((field) => field !== "text"),
      )
      return isTitled && hit.queryTerms.length / asked.size >= coverageMin
    })
    .flatMap((hit) => sections.find((section) => section.id === hit["id"]) ?? [])
    .filter((section) => section !== exact)
  return [...(exact === undefined ? [] : [exact]), ...found]
    .slice(0, sectionsMax)
    .map(({ title, text }) => ({ title, text }))
}

/** “What can you do?” has not one word to search for, but is a name of a section. */
function isNameOf({ title, aliases }: IndexedSection, query: string): boolean {
  const name = words(query).join(" ")
  return [title, ...aliases.split(",")].some((known) => words(known).join(" ") === name)
}

async function loadHandbook(): Promise<Handbook> {
  // By path from the project's root: bundlers do not carry these files along.
  const folder = path.join(process.cwd(), "lib", "models", "guide", "handbook")
  const names = (await readdir(folder)).filter((name) => name.endsWith(".md")).toSorted()
  const pages = await Promise.all(names.map((name) => readFile(path.join(folder, name), "utf8")))
  const sections = pages.flatMap(readSections).map((section, id) => ({ ...section, id }))
  const index = new MiniSearch<IndexedSection>({
    fields: ["title", "aliases", "text"],
    tokenize: words,
    processTerm: (word) => stem(word),
    searchOptions: {
      boost: { title: 4, aliases: 3 },
      prefix: (term) => term.length >= 4,
      fuzzy: (term) => (term.length >= 6 ? 0.2 : false),
    },
  })
  index.addAll(sections)
  return { sections, index }
}

/** A section is a `## title`, a comment with its other names, and prose. */
function readSections(page: string): Omit<IndexedSection, "id">[] {
  return page
    .split(/^## /m)
    .slice(1)
    .map((block) => {
      const [title = "", ...lines] = block.split("\n")
      const body = lines.join("\n")
      const aliases = /<!-- also: (.*?) -->/.exec(body)?.[1] ?? ""
      return { title: title.trim(), aliases, text: body.replace(/<!--.*?-->/g, "").trim() }
    })
}

const stopWords = new Set(
  "a an and any are at be but by can could did do does for from get happen happened happens have how i if in into is it its let make me mean my need of on one or our please should show so some tell that the their them then there these they this to us use using want was we what when where which who why will with without work works would you your studio about explain".split(
    " ",
  ),
)

function words(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}_.-]*[\p{L}\p{N}_]/gu) ?? []
}

/** Null for words that say nothing; else the word without its commonest endings. */
function stem(word: string): string | null {
  if (stopWords.has(word)) return null
  if (word.length <= 4) return word.length === 4 && word.endsWith("s") ? word.slice(0, -1) : word
  return word
    .replace(/(?:ies)$/, "y")
    .replace(/(?:ing|ed|es|s)$/, "")
    .replace(/(.)\1$/, "$1")
    .replace(/e$/, "")
}

function terms(query: string): string[] {
  return words(query)
    .map(stem)
    .filter((term) => term !== null)
}
