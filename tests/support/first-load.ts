import { gzipSync } from "node:zlib"

interface LoadedScript {
  path: string
  gzipBytes: number
}

/** The scripts that a page references, as transferred to a browser, largest first. */
export async function firstLoadScripts(url: string, cookie: string): Promise<LoadedScript[]> {
  const page = await fetch(url, { headers: { cookie, accept: "text/html" } })
  const html = await page.text()
  // Browsers with module support skip `nomodule` scripts.
  const named = [...html.matchAll(/<script[^>]*\ssrc="([^"]+)"[^>]*>/g)].filter(
    ([tag]) => !/nomodule/i.test(tag),
  )
  const paths = [...new Set(named.map(([, path = ""]) => path.replaceAll("&amp;", "&")))]
  const scripts = await Promise.all(
    paths.map(async (path) => {
      const script = await fetch(new URL(path, url))
      const bytes = new Uint8Array(await script.arrayBuffer())
      return { path, gzipBytes: gzipSync(bytes).length }
    }),
  )
  return scripts.toSorted((a, b) => b.gzipBytes - a.gzipBytes)
}
