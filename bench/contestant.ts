import type { Child } from "./child.ts"

/** A server under measurement, from the client's view. */
export interface Contestant {
  name: string
  child: Child
  port: number
  conversations: string[]
  /** The HTTP request of a submit, as bytes. */
  submit(conversationId: string, body: string): string
  /** The HTTP request of a stream, from now or after a cursor. */
  stream(conversationId: string, cursor?: number): string
}

/** The body of a submit; texts in benchmarks are plain ASCII. */
export function submitBody(text: string, key: string): string {
  return `{"text":"${text}","idempotency_key":"${key}"}`
}

/** Takes conversations that no measurement has used. */
export function takeConversations(contestant: Contestant, count: number): string[] {
  const taken = contestant.conversations.splice(0, count)
  if (taken.length < count) throw new Error(`${contestant.name} has no conversations left`)
  return taken
}
