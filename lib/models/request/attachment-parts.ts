import type { LanguageModelV4FilePart, LanguageModelV4TextPart } from "@ai-sdk/provider"

import type { HistoryAttachment, HistoryMessage } from "#lib/models/step.ts"

/** Characters of one text attachment that go into a request; read_attachment reads the rest. */
const attachmentTextCharactersMax = 200_000
/** All attachments of a request together; the newest are served first. */
export const attachmentTextMax = 400_000
const requestImageBytesMax = 20 * 1024 * 1024

const imageTypes = new Set(["image/png", "image/jpeg", "image/gif", "image/webp"])
const textTypes =
  /^(?:text\/.*|application\/(?:json|xml|yaml|x-yaml|toml|javascript|x-javascript|typescript|sql|x-sh|x-ndjson|csv)|.*\+(?:json|xml|yaml))$/

export function isImage(contentType: string): boolean {
  return imageTypes.has(baseType(contentType))
}

export function isText(contentType: string): boolean {
  return textTypes.test(baseType(contentType))
}

function baseType(contentType: string): string {
  return (contentType.split(";", 1)[0] ?? "").trim().toLowerCase()
}

/** How a request's attachments are shown to a model. */
export type AttachmentParts = ReadonlyMap<string, readonly AttachmentPart[]>

type AttachmentPart = LanguageModelV4TextPart | LanguageModelV4FilePart

/** Estimates the text length of these files in a request, newest first. */
export function attachmentTextCharacters(
  files: readonly { content_type: string; size_bytes: number }[],
): number {
  return files
    .filter((file) => isText(file.content_type))
    .reduce((sum, file) => sum + Math.min(file.size_bytes, attachmentTextCharactersMax), 0)
}

interface PartOptions {
  /** False for models that read attachments only through a tool. */
  isInline: boolean
  /** Characters of text in all. */
  textMax?: number
  /** Pictures that the model's server has refused. */
  isLeftOut?: (attachmentId: string) => boolean
}

/**
 * The parts of every attachment of a history, by attachment id: images as images, text as text, and
 * anything else, or beyond the limits, by name.
 */
export async function loadAttachmentParts(
  history: readonly HistoryMessage[],
  { isInline, textMax = attachmentTextMax, isLeftOut = () => false }: PartOptions,
): Promise<AttachmentParts> {
  const parts = new Map<string, readonly AttachmentPart[]>()
  let textLeft = textMax
  let imageBytesLeft = requestImageBytesMax
  for (const message of history.toReversed()) {
    if (message.role !== "user") continue
    for (const attachment of message.attachments) {
      if (parts.has(attachment.attachmentId)) continue
      const isPicture = isInline && isImage(attachment.contentType)
      if (isPicture && isLeftOut(attachment.attachmentId)) {
        parts.set(attachment.attachmentId, [named(attachment), unreadable(attachment)])
      } else if (isPicture && attachment.sizeBytes <= imageBytesLeft) {
        imageBytesLeft -= attachment.sizeBytes
        parts.set(attachment.attachmentId, [named(attachment), await image(attachment)])
      } else if (isInline && isText(attachment.contentType) && textLeft > 0) {
        const text = decodeText(await attachment.load())
        const shown = cut(text, Math.min(textLeft, attachmentTextCharactersMax))
        textLeft -= shown.length
        parts.set(attachment.attachmentId, [
          named(attachment),
          { type: "text", text: fence(shown, text.length) },
        ])
      } else parts.set(attachment.attachmentId, [named(attachment)])
    }
  }
  return parts
}

/** The text of a file; bytes that are no UTF-8, and NUL, which vendors refuse, become U+FFFD. */
export function decodeText(bytes: Uint8Array): string {
  return new TextDecoder("utf-8").decode(bytes).replaceAll("\0", "\uFFFD")
}

/** The first `charactersMax` UTF-16 units, never half a surrogate pair. */
export function cut(text: string, charactersMax: number): string {
  if (text.length <= charactersMax) return text
  const last = text.charCodeAt(charactersMax - 1)
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? charactersMax - 1 : charactersMax)
}

function named(attachment: HistoryAttachment): LanguageModelV4TextPart {
  const { attachmentId, filename, contentType, sizeBytes } = attachment
  return {
    type: "text",
    text: `[attachment: ${JSON.stringify(filename)}, ${contentType}, ${sizeBytes} bytes, id ${attachmentId}]`,
    // For models of our own, which must not mistake a person's text for an attachment.
    providerOptions: { studio: { attachment: { id: attachmentId, filename, contentType } } },
  }
}

function unreadable({ filename }: HistoryAttachment): LanguageModelV4TextPart {
  return { type: "text", text: `[picture ${filename} is not readable by this model]` }
}

async function image(attachment: HistoryAttachment): Promise<LanguageModelV4FilePart> {
  return {
    type: "file",
    data: { type: "data", data: await attachment.load() },
    mediaType: baseType(attachment.contentType),
    filename: attachment.filename,
  }
}

function fence(shown: string, length: number): string {
  const mark =
    shown.length < length
      ? `\n[cut: the first ${shown.length} of ${length} characters; read_attachment reads on]`
      : ""
  return `${shown}${mark}\n[end of attachment]`
}
