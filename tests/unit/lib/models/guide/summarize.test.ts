import { describe, expect, it } from "vitest"

import { summarizeText } from "#lib/models/guide/summarize.ts"

describe("a summary", () => {
  it("of prose consists of its most relevant sentences, in order", () => {
    const text = [
      "The harbour of Porto was rebuilt between 1884 and 1892 by the city.",
      "My cat likes tuna very much indeed.",
      "The harbour then carried the wine trade of the whole city for decades.",
      "Rain fell on the second day of the journey.",
      "Today the harbour belongs to the city again and the wine trade is gone.",
      "Nobody remembers the names of those people.",
    ].join(" ")
    const summary = summarizeText("porto.txt", "text/plain", text)
    expect(summary).toMatch(/^\d+ words in 1 line\./)
    expect(summary.indexOf("rebuilt")).toBeGreaterThan(0)
    expect(summary.indexOf("belongs")).toBeGreaterThan(summary.indexOf("rebuilt"))
    expect(summary).not.toContain("tuna")
  })

  it.each([
    ["data.csv", "text/csv", "name;age\nAda;36\nAlan;41\n", "2 rows and 2 columns: `name`, `age`"],
    ["data.json", "application/json", '{"a":1,"b":[]}', "object with 2 keys: `a`, `b`"],
    ["list.json", "application/json", "[1,2,3]", "list of 3 entries"],
    ["broken.json", "application/json", '{"a":', "1 word in 1 line"],
    ["empty.txt", "text/plain", "", "0 words in 1 line"],
  ])("of %s describes it", (filename, contentType, text, expected) => {
    expect(summarizeText(filename, contentType, text)).toContain(expected)
  })
})
