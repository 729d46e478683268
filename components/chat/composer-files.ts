"use client"

import { useState } from "react"

import { api } from "#lib/client/api.ts"
import type { OutgoingFile } from "#lib/client/outbox-store.ts"
import { randomUuid } from "#lib/client/random-uuid.ts"
import type { AttachmentRef } from "#lib/protocol/events.ts"
import { limits } from "#lib/protocol/limits.ts"

export interface ComposerFile extends OutgoingFile {
  id: string
  sizeBytes: number
}

export interface ComposerFiles {
  files: readonly ComposerFile[]
  /** Why the last files were not taken. */
  refusal: string | null
  add: (files: readonly File[]) => Promise<void>
  restore: (files: readonly ComposerFile[]) => void
  remove: (id: string) => void
  clear: () => void
}

/** The files of the message being written, read into memory as they are added. */
export function useComposerFiles(): ComposerFiles {
  const [files, setFiles] = useState<readonly ComposerFile[]>([])
  const [refusal, setRefusal] = useState<string | null>(null)
  return {
    files,
    refusal,
    async add(added) {
      const fault = faultOf(files, added)
      setRefusal(fault)
      if (fault !== null) return
      const read = await Promise.all(added.map((file) => readFile(file, file.name, file.type)))
      setFiles((now) => [...now, ...read])
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

/** Files of a message that came back. */
export function toComposerFiles(files: readonly OutgoingFile[]): ComposerFile[] {
  return files.map(({ filename, content_type, data_b64 }) => ({
    id: randomUuid(),
    filename,
    content_type,
    data_b64,
    sizeBytes: Math.floor((data_b64.length * 3) / 4),
  }))
}

/** An attachment of an earlier message, to be sent once more. */
export async function fetchFile(conversationId: string, ref: AttachmentRef): Promise<ComposerFile> {
  const response = await fetch(api.attachmentUrl(conversationId, ref.attachment_id), {
    signal: AbortSignal.timeout(60_000),
  })
  if (!response.ok) throw new Error(`The attachment answered ${response.status}.`)
  return await readFile(await response.blob(), ref.filename, ref.content_type)
}

function faultOf(present: readonly ComposerFile[], added: readonly File[]): string | null {
  const empty = added.find((file) => file.size === 0)
  if (empty !== undefined) return `${empty.name} is empty.`
  if (present.length + added.length > limits.attachmentsMax) {
    return `A message takes at most ${limits.attachmentsMax} files.`
  }
  const bytes = [...present.map((file) => file.sizeBytes), ...added.map((file) => file.size)]
  return bytes.reduce((sum, size) => sum + size, 0) > limits.attachmentBytesMax
    ? "The files of a message may be 12 MB together."
    : null
}

async function readFile(blob: Blob, name: string, type: string): Promise<ComposerFile> {
  const bytes = new Uint8Array(await blob.arrayBuffer())
  return {
    id: randomUuid(),
    filename: name === "" ? "pasted" : name,
    content_type: declaredType(type),
    data_b64: toBase64(bytes),
    sizeBytes: bytes.byteLength,
  }
}

/**
 * Browsers guess types from names (`.ts` is a film to them). Only what they say of text is passed
 * on; of everything else the server looks at the bytes.
 */
function declaredType(type: string): string {
  return /^text\/|^application\/json$/.test(type) ? type : "application/octet-stream"
}

function toBase64(bytes: Uint8Array): string {
  const parts: string[] = []
  for (let at = 0; at < bytes.length; at += 0x8000) {
    parts.push(String.fromCharCode(...bytes.subarray(at, at + 0x8000)))
  }
  return btoa(parts.join(""))
}
