import { createHash } from "node:crypto"

import { AppError, invalidField, notFound } from "#lib/errors.ts"
import { limits } from "#lib/protocol/limits.ts"
import type { AttachmentUpload } from "#lib/protocol/messages.ts"

import { findImageFault } from "./check-image.ts"
import { toDisplayName } from "./display-name.ts"
import { settleType } from "./settle-type.ts"

/** A validated file of a submit. */
export interface UploadedFile {
  filename: string
  contentType: string
  bytes: Uint8Array
  sha256: Buffer
}

/**
 * Decodes and checks the files of a submit.
 * @throws AppError invalid_field, naming the file; too_large; not_found for documents
 */
export function readUploads(uploads: readonly AttachmentUpload[]): UploadedFile[] {
  const files: UploadedFile[] = []
  let total = 0
  for (const [index, upload] of uploads.entries()) {
    const file = readUpload(upload, `attachments.${index}`)
    total += file.bytes.byteLength
    if (total > limits.attachmentBytesMax) {
      throw new AppError("too_large", "The attachments are larger than 12 MiB together.")
    }
    files.push(file)
  }
  return files
}

function readUpload(upload: AttachmentUpload, field: string): UploadedFile {
  // Documents do not exist yet, so none is found.
  if (typeof upload.document_id === "string") throw notFound()
  if (!("content_type" in upload)) throw invalidField(field, `\`${field}\` is not valid.`)
  const bytes = decodeBase64(upload.data_b64)
  if (bytes === null) {
    throw invalidField(`${field}.data_b64`, `\`${field}.data_b64\` is not canonical base64.`)
  }
  if (bytes.length === 0)
    throw invalidField(`${field}.data_b64`, `The file in \`${field}\` is empty.`)
  const contentType = settleType(upload.content_type, bytes)
  if (contentType === null) {
    throw invalidField(
      `${field}.content_type`,
      `\`${field}.content_type\` is not what the file's bytes are.`,
    )
  }
  const fault = findImageFault(contentType, bytes)
  if (fault !== null)
    throw invalidField(`${field}.data_b64`, `The picture in \`${field}\` ${fault}.`)
  return {
    filename: toDisplayName(upload.filename),
    contentType,
    bytes,
    sha256: createHash("sha256").update(bytes).digest(),
  }
}

/**
 * Decodes base64 in canonical form only: padded, no white space, standard alphabet, no stray bits.
 * Node's decoder accepts all of these; re-encoding exposes them.
 */
export function decodeBase64(text: string): Buffer | null {
  if (text.length % 4 !== 0) return null
  const bytes = Buffer.from(text, "base64")
  return bytes.toString("base64") === text ? bytes : null
}
