import { existsSync, globSync, readFileSync, statSync } from "node:fs"
import path from "node:path"

const pages = globSync("**/*.md", { exclude: isForeign })
const sources = globSync(
  "{app,bench,components,db,e2e,lib,scripts,tests}/**/*.{ts,tsx,css}",
).concat("server.ts")
const folders = "app|bench|components|db|docs|drizzle|e2e|lib|scripts|tests|extension|\\.ci"
/** In backticks, starting with a project folder and without placeholders. */
const citedPath = new RegExp(`\`((?:${folders})/[\\w.()/[\\]-]+)\``, "g")
const link = /\[[^\]]*\]\(([^)\s]+)(?:\s+"[^"]*")?\)/g
const citedPage = /\bdocs\/[\w/-]+\.md(?:#[\w-]+)?/g

/** Fails on dead links and paths in prose and comments. */
function checkDocs(): void {
  const dead = [
    ...pages.flatMap((page) => deadLinks(page)),
    ...sources.filter(existsSync).flatMap((source) => deadCitations(source)),
  ]
  for (const line of dead) console.error(line)
  if (pages.length === 0) throw new Error("No page was found.")
  if (dead.length > 0) process.exit(1)
  console.log(`Links: ${pages.length} pages, no dead links.`)
}

function isForeign(file: string): boolean {
  return /^(node_modules|\.next.*|\.data|\.git|test-results)$/.test(file.split(path.sep)[0] ?? "")
}

function deadLinks(page: string): string[] {
  const prose = readFileSync(page, "utf8").replaceAll(/^(```|~~~)[\s\S]*?^\1/gm, "")
  const links = captures(prose, link).filter((target) => !/^[a-z][a-z+.-]*:/i.test(target))
  const paths = captures(prose, citedPath)
  return [
    ...links
      .filter((target) => !leadsSomewhere(path.dirname(page), target, page))
      .map((target) => `${page}: the link ${target} is dead`),
    ...paths
      .filter((target) => !existsSync(target.replace(/\/$/, "")))
      .map((target) => `${page}: there is no ${target}`),
  ]
}

function deadCitations(source: string): string[] {
  return [...readFileSync(source, "utf8").matchAll(citedPage)]
    .map(([target]) => target)
    .filter((target) => !leadsSomewhere(".", target, source))
    .map((target) => `${source}: ${target} is dead`)
}

function captures(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].flatMap((match) => match[1] ?? [])
}

function leadsSomewhere(from: string, target: string, page: string): boolean {
  const [file = "", anchor] = decodeURI(target).split("#", 2)
  const resolved = file === "" ? page : path.normalize(path.join(from, file))
  if (!existsSync(resolved)) return false
  if (anchor === undefined || !resolved.endsWith(".md") || statSync(resolved).isDirectory()) {
    return true
  }
  return anchorsOf(resolved).has(anchor)
}

const anchorsByPage = new Map<string, Set<string>>()

/** Generates anchors as GitHub does: lower case, punctuation dropped, spaces to dashes. */
function anchorsOf(page: string): Set<string> {
  const known = anchorsByPage.get(page)
  if (known !== undefined) return known
  const headings = captures(readFileSync(page, "utf8"), /^#{1,6}\s+(.+?)\s*#*$/gm)
  const anchors = new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
        .replaceAll(/\s/g, "-"),
    ),
  )
  anchorsByPage.set(page, anchors)
  return anchors
}

checkDocs()
