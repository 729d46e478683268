"use client"

import { useState } from "react"

import { api } from "#lib/client/api/api.ts"
import type { OutgoingFile } from "#lib/client/outbox/outbox-store.ts"
import { randomUuid } from "#lib/client/random-uuid.ts"
import type { AttachmentRef } from "#lib/protocol/events.ts"
import { limits } from "#lib/protocol/limits.ts"

export interface ComposerFile extends OutgoingFile {
  id: string
  sizeBytes: number
  /** 0 to 1; the bytes are complete at 1. */
  readShare: number
}

export interface ComposerFiles {
  files: readonly ComposerFile[]
  isReading: boolean
  /** Why the last files were rejected. */
  refusal: string | null
  add: (files: readonly File[]) => void
  restore: (files: readonly ComposerFile[]) => void
  remove: (id: string) => void
  clear: () => void
}

/** Attachments of the current draft, read into memory as they are added. */
export function useComposerFiles(): ComposerFiles {
  const [files, setFiles] = useState<readonly ComposerFile[]>([])
  const [refusal, setRefusal] = useState<string | null>(null)
  const change = (id: string, changes: Partial<ComposerFile>) =>
    setFiles((now) => now.map((file) => (file.id === id ? { ...file, ...changes } : file)))
  const read = async (file: ComposerFile, blob: Blob) => {
    try {
      const data_b64 = await readBase64(blob, (readShare) => change(file.id, { readShare }))
      change(file.id, { data_b64, readShare: 1 })
    } catch {
      setFiles((now) => now.filter(({ id }) => id !== file.id))
      setRefusal(`${file.filename} could not be read.`)
    }
  }
  return {
    files,
    isReading: files.some(({ readShare }) => readShare < 1),
    refusal,
    add(added) {
      const fault = faultOf(files, added)
      setRefusal(fault)
      if (fault !== null) return
      const fresh = added.map((file) => describe(file, file.name, file.type))
      setFiles((now) => [...now, ...fresh])
      for (const [index, file] of fresh.entries()) void read(file, added[index] ?? new Blob())
    },
    restore: (restored) => setFiles((now) => [...restored, ...now]),
    remove(id) {
      setRefusal(null)
      setFiles((now) => now.filter((file) => file.id !== id))
    },
    clear() {
      setRefusal(null)
      setFiles([])
    },
  }
}

/** Attachments of a restored message. */
export function toComposerFiles(files: readonly OutgoingFile[]): ComposerFile[] {
  return files.map(({ filename, content_type, data_b64 }) => ({
    id: randomUuid(),
    filename,
    content_type,
    data_b64,
    sizeBytes: Math.floor((data_b64.length * 3) / 4),
    readShare: 1,
  }))
}

/** Downloads an attachment of an earlier message to send it again. */
export async function fetchFile(conversationId: string, ref: AttachmentRef): Promise<ComposerFile> {
  const response = await fetch(api.attachmentUrl(conversationId, ref.attachment_id), {
    signal: AbortSignal.timeout(60_000),
  })
  if (!response.ok) throw new Error(`The attachment answered ${response.status}.`)
  const blob = await response.blob()
  const data_b64 = await readBase64(blob, () => {})
  return { ...describe(blob, ref.filename, ref.content_type), data_b64, readShare: 1 }
}

function faultOf(present: readonly ComposerFile[], added: readonly File[]): string | null {
  const empty = added.find((file) => file.size === 0)
  if (empty !== undefined) return `${empty.name} is empty.`
  if (present.length + added.length > limits.attachmentsMax) {
    return `A message can have at most ${limits.attachmentsMax} files.`
  }
  const bytes = [...present.map((file) => file.sizeBytes), ...added.map((file) => file.size)]
  return bytes.reduce((sum, size) => sum + size, 0) > limits.attachmentBytesMax
    ? "The files of a message can total at most 12 MB."
    : null
}

function describe(blob: Blob, name: string, type: string): ComposerFile {
  return {
    id: randomUuid(),
    filename: name === "" ? "pasted" : name,
    content_type: declaredType(type),
    data_b64: "",
    sizeBytes: blob.size,
    readShare: 0,
  }
}

/**
 * Browsers guess types from extensions (`.ts` counts as video). Only text types are passed on; for
 * anything else the server sniffs the bytes.
 */
function declaredType(type: string): string {
  return /^text\/|^application\/json$/.test(type) ? type : "application/octet-stream"
}

/** @throws DOMException when the file is gone or unreadable */
function readBase64(blob: Blob, onProgress: (share: number) => void): Promise<string> {
  const reader = new FileReader()
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  reader.addEventListener("progress", ({ loaded, total }) => {
    // The result is available only at the end, with `load`.
    if (loaded < total) onProgress(loaded / total)
  })
  reader.addEventListener("load", () => resolve(base64Of(reader.result)))
  reader.addEventListener("error", () => reject(reader.error))
  reader.readAsDataURL(blob)
  return promise
}

/** The base64 part of a data URL. */
function base64Of(url: FileReader["result"]): string {
  return typeof url === "string" ? url.slice(url.indexOf(",") + 1) : ""
}
