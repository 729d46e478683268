import { createParser } from "eventsource-parser"

import type { WireReader } from "#lib/models/wire/answer-sink.ts"
import { field, parseJson } from "#lib/models/wire/json.ts"

import { CallFailure } from "./call-failure.ts"
import type { AnswerReader } from "./read-answer.ts"

/** A vendor's answer may hold one line of at most so many characters: an event is one line. */
const lineCharactersMax = 1024 * 1024
/** And so much in all: far more than ten minutes of tokens. */
const bodyBytesMax = 64 * 1024 * 1024
/** An answer that comes as one JSON value. */
const wholeCharactersMax = 8 * 1024 * 1024

const eventLine = /^(?:data|event|id|retry)(?::|\s*$)|^:/
/** Leading characters needed to detect the format of a body. */
const signCharacters = 16

interface Decoder {
  feed(text: string): void
  end(): void
}

/**
 * Decodes an answer's bytes and feeds them to its wire format's reader. Detects an event stream,
 * lines of JSON or one JSON value, regardless of the content type.
 */
export class BodyReader {
  readonly #wire: WireReader
  readonly #answer: AnswerReader
  readonly #contentType: string
  readonly #text = new TextDecoder("utf-8")
  #decoder: Decoder | null = null
  #start = ""
  #bytes = 0

  constructor(wire: WireReader, answer: AnswerReader, contentType: string) {
    this.#wire = wire
    this.#answer = answer
    this.#contentType = contentType
  }

  /** @throws CallFailure for an unreadable body */
  feed(bytes: Uint8Array): void {
    this.#bytes += bytes.length
    if (this.#bytes > bodyBytesMax) throw new CallFailure({ kind: "unreadable" })
    const text = this.#text.decode(bytes, { stream: true })
    if (this.#decoder === null) this.#choose(text, false)
    else this.#decoder.feed(text)
  }

  /** Signals the end of the body. @throws CallFailure for an unreadable body */
  end(): void {
    const text = this.#text.decode()
    if (this.#decoder === null) this.#choose(text, true)
    else this.#decoder.feed(text)
    this.#decoder?.end()
  }

  #choose(text: string, isAll: boolean): void {
    this.#start += text
    const start = this.#start.trimStart()
    if (start === "") {
      if (isAll) throw new CallFailure({ kind: "empty" })
      if (this.#start.length > lineCharactersMax) throw new CallFailure({ kind: "unreadable" })
      return
    }
    if (/^[[{]/.test(start)) this.#decoder = new JsonDecoder(this.#wire, this.#answer)
    else if (eventLine.test(start) || this.#isEventStream(start)) {
      this.#decoder = new EventDecoder(this.#wire, this.#answer)
    } else if (isAll || start.startsWith("<") || start.length >= signCharacters) {
      throw new CallFailure({ kind: "page", body: start, contentType: this.#contentType })
    } else return
    this.#start = ""
    // The event parser knows a stream's first lines, blank or not.
    this.#decoder.feed(start)
  }

  #isEventStream(start: string): boolean {
    return this.#contentType.startsWith("text/event-stream") && !start.startsWith("<")
  }
}

class EventDecoder implements Decoder {
  readonly #wire: WireReader
  readonly #answer: AnswerReader
  readonly #parser: ReturnType<typeof createParser>
  #isAll = false
  #hasEvents = false

  constructor(wire: WireReader, answer: AnswerReader) {
    this.#wire = wire
    this.#answer = answer
    this.#parser = createParser({
      maxBufferSize: lineCharactersMax,
      onEvent: ({ event, data }) => this.#read(data, event),
      onError: (error) => {
        if (error.type === "max-buffer-size-exceeded") {
          throw new CallFailure({ kind: "unreadable" })
        }
      },
    })
  }

  feed(text: string): void {
    this.#parser.feed(text)
  }

  end(): void {
    this.#isAll = true
    this.#parser.feed("\n\n")
    if (!this.#hasEvents) throw new CallFailure({ kind: "empty" })
  }

  #read(data: string, event: string | undefined): void {
    if (this.#answer.isDone) return
    const bare = data.trim()
    if (bare === "") return
    this.#hasEvents = true
    if (bare === "[DONE]") {
      this.#answer.done()
      return
    }
    const parsed = parseJson(bare)
    if (parsed !== undefined) return this.#take(parsed.value, event)
    // A server that forgets the blank line between events.
    const lines = bare.split("\n")
    if (lines.length > 1) return lines.forEach((line) => this.#read(line, event))
    // The last line of a stream that broke off is cut like the rest; after the end it says nothing.
    if (!this.#isAll && !this.#answer.isFinished) throw new CallFailure({ kind: "unreadable" })
  }

  #take(value: unknown, event: string | undefined): void {
    const isKnown = this.#wire.read(value)
    if (!isKnown && event === "error") this.#answer.fail(value)
  }
}

class JsonDecoder implements Decoder {
  readonly #wire: WireReader
  readonly #answer: AnswerReader
  #pending = ""
  /** Lines of JSON; null until the first line has shown it. */
  #isLines: boolean | null = null
  #last: unknown
  #hasUnknown = false

  constructor(wire: WireReader, answer: AnswerReader) {
    this.#wire = wire
    this.#answer = answer
  }

  feed(text: string): void {
    this.#pending += text
    if (this.#isLines !== false && text.includes("\n")) this.#readLines()
    const charactersMax = this.#isLines === false ? wholeCharactersMax : lineCharactersMax
    if (this.#pending.length > charactersMax) throw new CallFailure({ kind: "unreadable" })
  }

  end(): void {
    const rest = this.#pending.trim()
    if (rest !== "") {
      const parsed = parseJson(rest)
      if (parsed === undefined) {
        throw new CallFailure({ kind: this.#answer.hasBegun ? "cut" : "unreadable" })
      }
      this.#take(parsed.value)
    }
    if (this.#hasUnknown && !this.#answer.hasBegun && this.#answer.failure === null) {
      throw new CallFailure({ kind: "page", body: this.#last, contentType: "application/json" })
    }
    // A whole completion is over by being whole; a line of a stream names its end.
    const isPiece =
      field(this.#last, "done") === false || field(this.#last, "object") === "chat.completion.chunk"
    if (!isPiece) this.#answer.done()
  }

  #readLines(): void {
    for (;;) {
      const end = this.#pending.indexOf("\n")
      if (end === -1) return
      const line = this.#pending.slice(0, end).trim()
      const parsed = line === "" ? null : parseJson(line)
      if (parsed === undefined) {
        if (this.#isLines === true) throw new CallFailure({ kind: "unreadable" })
        this.#isLines = false
        return
      }
      this.#pending = this.#pending.slice(end + 1)
      if (parsed === null) continue
      this.#isLines = true
      this.#take(parsed.value)
    }
  }

  #take(value: unknown): void {
    this.#last = value
    if (!this.#wire.read(value)) this.#hasUnknown = true
  }
}
