import { afterAll, beforeAll, describe, expect, test } from "vitest"

import { openStage, type Mount, type Stage } from "./stage.ts"
import { accounts } from "./suites/accounts.ts"
import { admin } from "./suites/admin.ts"
import { attachments } from "./suites/attachments.ts"
import { conversationList } from "./suites/conversation-list.ts"
import { conversations } from "./suites/conversations.ts"
import { credentials } from "./suites/credentials.ts"
import { facts } from "./suites/facts.ts"
import { hostile } from "./suites/hostile.ts"
import { idempotency } from "./suites/idempotency.ts"
import { journal } from "./suites/journal.ts"
import { pages } from "./suites/pages.ts"
import { people } from "./suites/people.ts"
import { search } from "./suites/search.ts"
import { stream } from "./suites/stream.ts"
import { submit } from "./suites/submit.ts"
import { tokens } from "./suites/tokens.ts"
import { transport } from "./suites/transport.ts"
import { turns } from "./suites/turns.ts"
import { userStream } from "./suites/user-stream.ts"

/** Suites read their stage inside tests, because it opens just before the first of them. */
export type StageOf = () => Stage

/** The wire contract, on one mount of the handlers. @see docs/protocol.md */
export function contract(mount: Mount): void {
  describe(`the wire contract on ${mount}`, () => {
    let stage: Stage | null = null
    const stageOf = () => {
      if (stage === null) throw new Error("the stage is not open")
      return stage
    }

    beforeAll(async () => {
      stage = await openStage(mount)
    })

    afterAll(async () => {
      const logs = stage?.server.logs() ?? ""
      await stage?.close()
      expect(logs).not.toMatch(/hq_pat_[0-9A-Za-z]{8}|[Bb]earer [^["]/)
    })

    test("responses come from this mount", async () => {
      const { json } = await stageOf().call("GET", "/healthz", { token: undefined })
      expect(json["mount"]).toBe(mount)
    })

    pages(stageOf)
    transport(stageOf)
    credentials(stageOf)
    accounts(stageOf)
    facts(stageOf)
    people(stageOf)
    tokens(stageOf)
    conversations(stageOf)
    conversationList(stageOf)
    search(stageOf)
    submit(stageOf)
    idempotency(stageOf)
    turns(stageOf)
    stream(stageOf)
    userStream(stageOf)
    journal(stageOf)
    attachments(stageOf)
    admin(stageOf)
    hostile(stageOf)
  })
}
