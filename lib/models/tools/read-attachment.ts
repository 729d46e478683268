import { z } from "zod"

import { cut, decodeText, isImage, isText } from "#lib/models/request/attachment-parts.ts"

import type { HistoryAttachment } from "../step.ts"
import { defineTool } from "./define-tool.ts"

/** Characters per page; models can take this much in one result. */
export const pageCharacters = 20_000

const inputSchema = z.object({
  name: z
    .string()
    .max(300)
    .optional()
    .describe("File name or id of the attachment; without it the newest one."),
  page: z.number().int().min(1).default(1).describe(`Pages of ${pageCharacters} characters.`),
})

/** Reads one attachment of the conversation, page by page. */
export const readAttachment = defineTool({
  name: "read_attachment",
  description:
    "Reads the text of a file that was attached to this conversation, by name or id, page by page. For images and other binary files it says what they are.",
  scope: "read",
  inputSchema,
  summarizeArgs: ({ name, page }) =>
    `Read ${name ?? "the newest attachment"}${page > 1 ? `, page ${page}` : ""}`,
  async run({ name, page }, { attachments }) {
    const attachment = findAttachment(attachments, name)
    const { filename, contentType, sizeBytes } = attachment
    const file = { filename, content_type: contentType, size_bytes: sizeBytes }
    if (!isText(contentType)) return describeBinary(attachment, file)
    const text = decodeText(await attachment.load())
    const pages = Math.max(1, Math.ceil(text.length / pageCharacters))
    if (page > pages) throw new Error(`${filename} has ${pages} page${pages === 1 ? "" : "s"}.`)
    return {
      summary: `Read ${filename}, page ${page} of ${pages}`,
      result: { ...file, page, pages, text: pageOf(text, page) },
    }
  },
})

/** A page never starts or ends inside a surrogate pair. */
function pageOf(text: string, page: number): string {
  const start = cut(text, (page - 1) * pageCharacters).length
  return text.slice(start, cut(text, page * pageCharacters).length)
}

function findAttachment(
  attachments: readonly HistoryAttachment[],
  name: string | undefined,
): HistoryAttachment {
  const wanted = name?.toLowerCase()
  const found = attachments.findLast(
    (attachment) =>
      wanted === undefined ||
      attachment.attachmentId === name ||
      attachment.filename.toLowerCase() === wanted,
  )
  if (found !== undefined) return found
  if (attachments.length === 0) throw new Error("Nothing is attached to this conversation.")
  const names = attachments.slice(-20).map((attachment) => attachment.filename)
  throw new Error(`There is no attachment named ${name}. There are: ${names.join(", ")}.`)
}

async function describeBinary(attachment: HistoryAttachment, file: Record<string, unknown>) {
  const { filename, contentType } = attachment
  if (!isImage(contentType)) {
    return {
      summary: `${filename} is ${contentType}: no text to read`,
      result: { ...file, kind: "binary" },
    }
  }
  const size = imageSize(await attachment.load(), contentType)
  const dimensions = size === null ? "" : ` of ${size.width} × ${size.height} pixels`
  return {
    summary: `${filename} is an image${dimensions}`,
    result: { ...file, kind: "image", ...size },
  }
}

/** Width and height as the file's own header gives them, or null. */
function imageSize(
  bytes: Uint8Array,
  contentType: string,
): { width: number; height: number } | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (contentType === "image/png" && bytes.length >= 24) {
    return { width: view.getUint32(16), height: view.getUint32(20) }
  }
  if (contentType === "image/gif" && bytes.length >= 10) {
    return { width: view.getUint16(6, true), height: view.getUint16(8, true) }
  }
  if (contentType === "image/jpeg") return jpegSize(view)
  return null
}

/** Walks the segments to the frame header. @see ITU-T T.81, "Compressed data formats" */
function jpegSize(view: DataView): { width: number; height: number } | null {
  let at = 2
  while (at + 9 <= view.byteLength && view.getUint8(at) === 0xff) {
    const marker = view.getUint8(at + 1)
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)
    if (isFrame) return { width: view.getUint16(at + 7), height: view.getUint16(at + 5) }
    at += 2 + view.getUint16(at + 2)
  }
  return null
}
