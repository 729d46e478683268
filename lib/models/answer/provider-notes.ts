import type { SharedV4ProviderMetadata } from "@ai-sdk/provider"
import { z } from "zod"

/**
 * Opaque provider state that must be sent back with the next call of the same model (signatures,
 * encrypted reasoning, item ids), in the order of the answer's parts. The driver stores it as
 * `providerMetadata`; only this folder reads it.
 */
export interface ProviderNotes {
  /** The model that wrote it: another one must not get its signatures. */
  model: string
  parts: ProviderNote[]
}

export type ProviderNote =
  | { type: "reasoning"; text: string; metadata?: SharedV4ProviderMetadata | undefined }
  | { type: "text"; length: number; metadata?: SharedV4ProviderMetadata | undefined }
  | {
      type: "tool"
      id: string
      metadata?: SharedV4ProviderMetadata | undefined
    }

/** Larger notes are not kept: they would fill the journal, and a history is valid without them. */
const notesCharactersMax = 128 * 1024

/** The schema only validates our own structure; metadata is the vendor's JSON. */
const metadata = z.custom<SharedV4ProviderMetadata>((value) => typeof value === "object").optional()
const shape = z.object({
  model: z.string(),
  parts: z.array(
    z.discriminatedUnion("type", [
      z.object({ type: z.literal("reasoning"), text: z.string(), metadata }),
      z.object({ type: z.literal("text"), length: z.number().int().min(0), metadata }),
      z.object({
        type: z.literal("tool"),
        id: z.string(),
        metadata,
      }),
    ]),
  ),
})

/** Reads notes back from the journal; null when there are none for this model. */
export function readNotes(value: unknown, model: string): ProviderNotes | null {
  const parsed = shape.safeParse(value)
  return parsed.success && parsed.data.model === model ? parsed.data : null
}

/** Gathers the notes of one answer as its parts arrive. */
export function gatherNotes(model: string) {
  const parts: ProviderNote[] = []
  const reasoning = new Map<string, { type: "reasoning" } & ProviderNote>()
  let text: ({ type: "text" } & ProviderNote) | null = null
  return {
    reasoning(id: string, delta: string, metadata: SharedV4ProviderMetadata | undefined): void {
      let note = reasoning.get(id)
      if (note === undefined) {
        note = { type: "reasoning", text: "" }
        reasoning.set(id, note)
        parts.push(note)
      }
      text = null
      note.text += delta
      if (metadata !== undefined) note.metadata = { ...note.metadata, ...metadata }
    },
    text(length: number): void {
      if (text === null) {
        text = { type: "text", length: 0 }
        parts.push(text)
      }
      text.length += length
    },
    endText(metadata: SharedV4ProviderMetadata | undefined): void {
      if (text !== null && metadata !== undefined) text.metadata = metadata
      text = null
    },
    tool(id: string, metadata: SharedV4ProviderMetadata | undefined): void {
      text = null
      parts.push({
        type: "tool",
        id,
        ...(metadata === undefined ? {} : { metadata }),
      })
    },
    /** Undefined when the provider needs nothing back. */
    result(): ProviderNotes | undefined {
      const isNeeded = parts.some(
        (part) => part.type === "reasoning" || part.metadata !== undefined,
      )
      const notes = { model, parts }
      return isNeeded && JSON.stringify(notes).length <= notesCharactersMax ? notes : undefined
    },
  }
}
