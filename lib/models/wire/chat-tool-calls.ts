import type { SharedV4ProviderMetadata } from "@ai-sdk/provider"

import type { AnswerSink } from "./answer-sink.ts"
import { field, idIn, isRecord, type JsonRecord, recordIn, textIn, writeJson } from "./json.ts"

interface OpenCall {
  id: string | undefined
  name: string
  input: string
  metadata: SharedV4ProviderMetadata | undefined
}

/** A model that asks for more in one answer is broken; each call costs memory until the end. */
const callsMax = 200

/** Puts calls together from the pieces that chat completions send them in. */
export class ChatToolCalls {
  readonly #sink: AnswerSink
  readonly #calls: OpenCall[] = []
  /** The newest call of each index. */
  readonly #byIndex = new Map<string, OpenCall>()

  constructor(sink: AnswerSink) {
    this.#sink = sink
  }

  /** @returns whether there was a piece of a call */
  read(pieces: unknown): boolean {
    if (!Array.isArray(pieces)) return false
    let hasAny = false
    for (const piece of pieces) {
      if (!isRecord(piece)) continue
      this.#add(piece)
      hasAny = true
    }
    return hasAny
  }

  /** The one call of the format before `tool_calls`. */
  readLegacy(piece: unknown): boolean {
    if (!isRecord(piece)) return false
    this.#add({ index: "legacy", function: piece })
    return true
  }

  /** Hands out every call, in the order in which they began. */
  end(): void {
    for (const { id, name, input, metadata } of this.#calls) {
      // Pieces that said nothing.
      if (id === undefined && name === "" && input === "") continue
      this.#sink.toolCall({ id, name, input, metadata })
    }
    this.#calls.length = 0
    this.#byIndex.clear()
  }

  #add(piece: JsonRecord): void {
    const named = recordIn(piece, "function") ?? piece
    const id = idIn(piece, "id")
    const name = textIn(named, "name")
    const call = this.#callOf(piece, id, name)
    if (call === undefined) return
    call.id ??= id
    if (call.name === "" && name !== undefined) call.name = name
    call.input += inputOf(field(named, "arguments"))
    call.metadata ??= metadataOf(piece)
  }

  /** By index; servers that write none, or the same for all, begin a call with a new id and name. */
  #callOf(
    piece: JsonRecord,
    id: string | undefined,
    name: string | undefined,
  ): OpenCall | undefined {
    const last = this.#calls.at(-1)
    const index = idIn(piece, "index")
    const known = index === undefined ? last : this.#byIndex.get(index)
    const isAnother =
      known === undefined ||
      (name !== undefined && known.name !== "" && id !== undefined && known.id !== id) ||
      (index === undefined && name !== undefined && known.name !== "" && id === undefined)
    if (!isAnother) return known
    if (this.#calls.length >= callsMax) return undefined
    const call: OpenCall = { id: undefined, name: "", input: "", metadata: undefined }
    this.#calls.push(call)
    if (index !== undefined) this.#byIndex.set(index, call)
    return call
  }
}

function inputOf(input: unknown): string {
  if (typeof input === "string") return input
  return isRecord(input) || Array.isArray(input) ? writeJson(input) : ""
}

/** Google's servers want the signature of a call's thoughts back. */
function metadataOf(piece: JsonRecord): SharedV4ProviderMetadata | undefined {
  const google = recordIn(recordIn(piece, "extra_content"), "google")
  const thoughtSignature = textIn(google, "thought_signature")
  return thoughtSignature === undefined ? undefined : { "openai-compatible": { thoughtSignature } }
}
