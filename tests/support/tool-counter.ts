import { once } from "node:events"
import { createServer } from "node:http"

/** Receives the posts of `count_visit`, outside of every process that a test kills. */
export interface ToolCounter {
  readonly url: string
  /** Visits of one conversation. */
  count(conversationId: string): number
  close(): void
}

export async function startToolCounter(): Promise<ToolCounter> {
  const visits = new Map<string, number>()
  const server = createServer((request, response) => {
    let text = ""
    request.on("data", (chunk: Buffer) => (text += chunk.toString()))
    request.on("end", () => {
      const body: { conversation_id: string } = JSON.parse(text)
      const count = (visits.get(body.conversation_id) ?? 0) + 1
      visits.set(body.conversation_id, count)
      response.end(`visit ${count}`)
    })
  }).listen(0, "127.0.0.1")
  await once(server, "listening")
  const address = server.address()
  if (address === null || typeof address === "string") throw new Error("no port")
  return {
    url: `http://127.0.0.1:${address.port}/`,
    count: (conversationId) => visits.get(conversationId) ?? 0,
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}
