import { z } from "zod"

import { searchHandbook } from "../guide/handbook.ts"
import { defineTool } from "./define-tool.ts"

/** Looks things up in the product's own handbook. */
export const searchDocs = defineTool({
  name: "search_docs",
  description:
    "Searches the handbook of Studio (this product) and returns the sections that answer the question. Use it for every question about Studio: what it can do, its API, models, tokens, operation.",
  scope: "read",
  inputSchema: z.object({
    query: z.string().min(1).max(500).describe("A question or a few keywords."),
  }),
  summarizeArgs: ({ query }) => `Search the handbook for “${query}”`,
  async run({ query }) {
    const sections = await searchHandbook(query)
    const titles = sections.map((section) => section.title).join(", ")
    return {
      summary: sections.length === 0 ? "Nothing fits" : `Found: ${titles}`,
      result: { sections },
    }
  },
})
