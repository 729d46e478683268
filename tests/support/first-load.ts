import { gzipSync } from "node:zlib"

export interface LoadedScript {
  path: string
  gzipBytes: number
}

/** The scripts a page of ours names, as a browser gets them, largest first. */
export async function firstLoadScripts(url: string, cookie: string): Promise<LoadedScript[]> {
  const page = await fetch(url, { headers: { cookie, accept: "text/html" } })
  const html = await page.text()
  // Browsers that know modules do not ask for those of old ones.
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
