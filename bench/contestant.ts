import type { Child } from "./child.ts"

/** A server under measurement, as a client sees it. */
export interface Contestant {
  name: string
  child: Child
  port: number
  conversations: string[]
  /** A submit as the bytes of its HTTP request. */
  submit(conversationId: string, body: string): string
  /** A stream, from now or after a cursor. */
  stream(conversationId: string, cursor?: number): string
}

/** The body of a submit; the texts of a run are plain ASCII. */
export function submitBody(text: string, key: string): string {
  return `{"text":"${text}","idempotency_key":"${key}"}`
}

/** Conversations that no measure has used. */
export function takeConversations(contestant: Contestant, count: number): string[] {
  const taken = contestant.conversations.splice(0, count)
  if (taken.length < count) throw new Error(`${contestant.name} has no conversations left`)
  return taken
}
