import { randomUUID } from "node:crypto"
import { setTimeout as sleep } from "node:timers/promises"

import { env } from "#lib/env.ts"
import { issueToken } from "#lib/tokens/issue-token.ts"

import { createAskApi, isStudioThere, Refusal, type AskApi } from "./ask-api.ts"
import { AskPrinter, type TurnEnd } from "./ask-printer.ts"
import { explainFailure } from "./explain-failure.ts"
import { withInstallation } from "./open-installation.ts"

const hourSeconds = 3_600
/** Consecutive attempts without an event. */
const failuresMax = 20
const secondSignalMs = 1_000

async function ask(): Promise<void> {
  const text = process.argv.slice(2).join(" ").trim()
  if (text === "") throw new Error('Ask something: npm run -s ask -- "What can you do?"')
  const { STUDIO_URL, STUDIO_TOKEN, PORT } = env()
  const url = STUDIO_URL ?? `http://127.0.0.1:${PORT}`
  if (!(await isStudioThere(url))) {
    throw new Error(
      `No Studio answers at ${url}. Start one with \`npm run dev\`, or set STUDIO_URL.`,
    )
  }
  const api = createAskApi(url, STUDIO_TOKEN ?? (await issueLocalToken()))
  const conversationId = await api.createConversation(await api.findDefaultAgent())
  const accepted = api.submit(conversationId, text, randomUUID())
  stopOnSignal(api, conversationId, accepted)
  const end = await printTurn(api, conversationId, await accepted)
  process.exit({ answered: 0, stopped: 130, failed: 1 }[end])
}

/** For the local Studio: access to its database implies permission to ask. */
async function issueLocalToken(): Promise<string> {
  return await withInstallation((db) =>
    issueToken(db, {
      email: "local@localhost",
      personName: "local",
      name: "ask",
      isAdmin: false,
      expiresInSeconds: hourSeconds,
    }),
  )
}

async function printTurn(api: AskApi, conversationId: string, turnId: string): Promise<TurnEnd> {
  const printer = new AskPrinter(turnId, (text) => void process.stdout.write(text))
  let cursor = "0"
  for (let failures = 0; ; failures++) {
    try {
      for await (const event of api.streamAfter(conversationId, cursor)) {
        failures = 0
        if (event.id !== undefined) cursor = event.id
        const end = printer.print(event)
        if (end !== null) return end
      }
    } catch (error) {
      if (error instanceof Refusal || failures >= failuresMax) throw error
      if (failures === 0) console.error("(the connection broke; trying again)")
    }
    if (failures >= failuresMax) throw new Error("The stream keeps ending early.")
    await sleep(Math.min(250 * 2 ** failures, 2_000))
  }
}

/** The first Ctrl-C stops the turn, the second exits. */
function stopOnSignal(api: AskApi, conversationId: string, accepted: Promise<string>): void {
  let firstAt: number | null = null
  const onSignal = () => {
    const now = performance.now()
    // npm forwards the terminal's signal, so one key press arrives twice.
    if (firstAt !== null && now - firstAt > secondSignalMs) process.exit(130)
    if (firstAt !== null) return
    firstAt = now
    // Also covers a message whose acceptance is still outstanding.
    accepted.then((turnId) => api.interrupt(conversationId, turnId)).catch(explainFailure)
  }
  process.on("SIGINT", onSignal)
  process.on("SIGTERM", onSignal)
}

await ask().catch(explainFailure)
