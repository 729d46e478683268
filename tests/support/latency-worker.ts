import { Agent, request } from "node:http"
import { setTimeout as sleep } from "node:timers/promises"
import { parentPort, workerData } from "node:worker_threads"

/** A person's continuous activity: alternating reads and messages on one connection. */
export interface WatchedPerson {
  url: string
  token: string
  conversationId: string
}

export interface SeenLatencies {
  timesMs: number[]
  statuses: number[]
}

const everyMs = 5
const { url, token, conversationId } = workerData as WatchedPerson
const agent = new Agent({ keepAlive: true, maxSockets: 1 })
const seen: SeenLatencies = { timesMs: [], statuses: [] }
let isOver = false
parentPort?.once("message", () => (isOver = true))

while (!isOver) {
  const isRead = seen.timesMs.length % 2 === 0
  const startedMs = performance.now()
  const status = await ask(isRead)
  seen.timesMs.push(performance.now() - startedMs)
  // Without a driver the queue fills up eventually.
  if (status !== 429 && !seen.statuses.includes(status)) seen.statuses.push(status)
  await sleep(everyMs)
}
agent.destroy()
parentPort?.postMessage(seen)

function ask(isRead: boolean): Promise<number> {
  const path = `/v1/api/conversations${isRead ? "" : `/${conversationId}/messages`}`
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" }
  return new Promise((resolve, reject) => {
    const asked = request(url + path, { method: isRead ? "GET" : "POST", headers, agent })
    asked.on("error", reject).on("response", (response) => {
      response.resume().on("end", () => resolve(response.statusCode ?? 0))
    })
    asked.end(isRead ? undefined : JSON.stringify({ text: "hello" }))
  })
}
