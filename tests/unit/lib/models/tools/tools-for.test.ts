import { describe, expect, it } from "vitest"

import type { HistoryAttachment, ToolContext } from "#lib/models/step.ts"
import { tellTime } from "#lib/models/tools/current-time.ts"
import { pageCharacters, readAttachment } from "#lib/models/tools/read-attachment.ts"
import { searchDocs } from "#lib/models/tools/search-docs.ts"
import { toolsFor } from "#lib/models/tools/tools-for.ts"

function context(attachments: HistoryAttachment[] = []): ToolContext {
  return {
    signal: new AbortController().signal,
    tenantId: "t",
    userId: "u",
    conversationId: "c",
    attachments,
  }
}

function attachment(filename: string, contentType: string, bytes: Uint8Array): HistoryAttachment {
  return {
    attachmentId: `id-${filename}`,
    filename,
    contentType,
    sizeBytes: bytes.length,
    load: async () => bytes,
  }
}

describe("an agent's tools", () => {
  it("are all read-only ones unless it selects its own", () => {
    expect(toolsFor(null, undefined).map((tool) => tool.name)).toEqual([
      "search_docs",
      "calculate",
      "current_time",
      "read_attachment",
    ])
    expect(toolsFor(null, undefined).every((tool) => tool.scope === "read")).toBe(true)
    expect(toolsFor(["calculate", "unknown"], undefined).map((tool) => tool.name)).toEqual([
      "calculate",
    ])
    expect(toolsFor([], undefined)).toEqual([])
  })

  it("include count_visit only where its address is configured", () => {
    const tool = toolsFor(null, "http://127.0.0.1:1/").at(-1)
    expect(tool).toMatchObject({ name: "count_visit", scope: "write" })
  })

  it("describe the upcoming call in one line", () => {
    const intent = searchDocs.summarizeArgs({ query: `a\nb ${"x".repeat(400)}` })
    expect(intent).not.toContain("\n")
    expect(intent.length).toBeLessThanOrEqual(120)
  })
})

describe("read_attachment", () => {
  const long = "𝕏".repeat(pageCharacters)

  it("reads a long text page by page, and the pages add up to the text", async () => {
    const file = attachment("long.txt", "text/plain", Buffer.from(long))
    const pages: string[] = []
    for (const page of [1, 2]) {
      const { result } = await readAttachment.run({ name: "LONG.txt", page }, context([file]))
      expect(result).toMatchObject({ page, pages: 2 })
      pages.push((result as { text: string }).text)
    }
    expect(pages.join("")).toBe(long)
    expect(pages.every((page) => page.isWellFormed())).toBe(true)
  })

  it("without a name reads the newest, and by id any", async () => {
    const files = ["one.txt", "two.txt"].map((name) =>
      attachment(name, "text/plain", Buffer.from(`I am ${name}`)),
    )
    const newest = await readAttachment.run({}, context(files))
    expect(newest.result).toMatchObject({ filename: "two.txt", text: "I am two.txt" })
    const first = await readAttachment.run({ name: "id-one.txt" }, context(files))
    expect(first.result).toMatchObject({ text: "I am one.txt" })
  })

  it("describes an image", async () => {
    const header = Buffer.from("89504e470d0a1a0a0000000d494844520000028000000168", "hex")
    const { summary } = await readAttachment.run(
      {},
      context([attachment("a.png", "image/png", header)]),
    )
    expect(summary).toBe("a.png is an image of 640 × 360 pixels")
  })

  it("lists the attachments when the name is wrong, or says that there are none", async () => {
    const file = attachment("one.txt", "text/plain", Buffer.from("x"))
    await expect(readAttachment.run({ name: "two.txt" }, context([file]))).rejects.toThrow(
      "There are: one.txt",
    )
    await expect(readAttachment.run({ page: 2 }, context([file]))).rejects.toThrow("has 1 page")
    await expect(readAttachment.run({}, context())).rejects.toThrow("Nothing is attached")
  })
})

describe("current_time", () => {
  const now = new Date("2026-03-27T22:30:00Z")

  it("returns the time of a zone", () => {
    expect(tellTime(now, "Asia/Tokyo").summary).toBe(
      "Saturday, 28 March 2026 at 07:30 (Asia/Tokyo)",
    )
  })

  it("counts days in the requested zone", () => {
    const { result } = tellTime(now, "Europe/Berlin", "in 3 days")
    expect(result).toMatchObject({ days_from_now: 3 })
  })

  it("keeps the local hour across a clock change", () => {
    const { result } = tellTime(now, "Europe/Berlin", "30 March 2026 at 9am")
    expect(result.meant?.iso).toBe("2026-03-30T07:00:00.000Z")
  })

  it("explains unreadable input", () => {
    expect(() => tellTime(now, "Mars/Olympus")).toThrow("no time zone")
    expect(() => tellTime(now, "UTC", "soonish")).toThrow("no date")
  })
})
