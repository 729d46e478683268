import type { SharedV4ProviderMetadata } from "@ai-sdk/provider"

/** How a provider says that its answer is over, in our words. */
export type FinishWord = "end" | "length" | "refused" | "error"

export interface WireToolCall {
  /** The provider's; undefined when it named none. */
  id: string | undefined
  name: string
  /** The arguments' JSON; may be malformed. */
  input: string
  metadata?: SharedV4ProviderMetadata | undefined
}

/** Receives the output of a wire format's reader, in order of arrival. */
export interface AnswerSink {
  text(text: string): void
  /** A text item is over, and the provider wants these marks back with it. */
  endText(metadata?: SharedV4ProviderMetadata): void
  /** @param id of the item; the metadata of its pieces add up */
  reasoning(id: string, text: string, metadata?: SharedV4ProviderMetadata): void
  /** Thoughts that are not shown and not wanted back. */
  hiddenReasoning(): void
  toolCall(call: WireToolCall): void
  /** Null = not said this time; a later number takes the place of an earlier one. */
  usage(inputTokens: number | null, outputTokens: number | null): void
  finish(word: FinishWord): void
  /** The provider reports an error within its answer. @param value the error, in any shape */
  fail(value: unknown): void
  /** Nothing after this belongs to the answer. */
  done(): void
}

/** Extracts the known fields from a provider's JSON and ignores everything else. */
export interface WireReader {
  /** @returns whether the value belongs to this format at all */
  read(value: unknown): boolean
  /** Ends the answer: flushes buffered parts. */
  end(): void
}

export type WireFormat = (sink: AnswerSink) => WireReader
