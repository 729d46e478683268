import { randomUUID } from "node:crypto"

import { conversationPage } from "#lib/protocol/conversations.ts"

import { createTestDatabase, type TestDatabase } from "../support/database.ts"
import { call, openStream, type Answer, type CallOptions } from "../support/http.ts"
import { say, wait } from "../support/model-script.ts"
import { startModelServer, type ModelServer } from "../support/model-server.ts"
import { addAgent, addPerson, addTenant, type TestPerson } from "../support/people.ts"
import { testRedis } from "../support/redis.ts"
import { startTestServer, type TestServer } from "../support/server.ts"
import { waitFor } from "../support/wait-for.ts"

export type Mount = "front" | "next"

interface StageParts {
  mount: Mount
  server: TestServer
  database: TestDatabase
  model: ModelServer
  agentId: string
  disabledAgentId: string
  foreignAgentId: string
  ann: TestPerson
  bob: TestPerson
  admin: TestPerson
  /** A person of the other tenant. */
  eve: TestPerson
}

/** A server of one mount, people of two tenants, and a scripted model. */
export type Stage = StageParts & ReturnType<typeof createActions>

interface StageOptions {
  /** An alternative route to the database, such as a proxy. */
  through?: (databaseUrl: string) => Promise<string>
  /** Added to the environment of every stage. */
  environment?: Record<string, string>
}

export async function openStage(mount: Mount, options: StageOptions = {}): Promise<Stage> {
  const [database, model] = await Promise.all([createTestDatabase(), startModelServer()])
  model.script((_number, body) => {
    const said = JSON.stringify(body.messages.at(-1)?.content ?? "")
    return said.includes("[hold]")
      ? [say("holding "), wait(new Promise(() => {}))]
      : [say("You said "), say("something.")]
  })
  const { db } = database
  const [ours, theirs] = [await addTenant(db, "Ours"), await addTenant(db, "Theirs")]
  const server = await startTestServer({
    DATABASE_URL: (await options.through?.(database.url)) ?? database.url,
    REDIS_URL: testRedis().url,
    STUDIO_MOUNT: mount,
    STUDIO_MODEL: "openai-compatible/test",
    OPENAI_COMPATIBLE_BASE_URL: model.url,
    ...options.environment,
  })
  const parts: StageParts = {
    mount,
    server,
    database,
    model,
    agentId: await addAgent(db, ours, { slug: "helper", displayName: "Helper", isDefault: true }),
    disabledAgentId: await addAgent(db, ours, { slug: "asleep", status: "disabled" }),
    foreignAgentId: await addAgent(db, theirs, { slug: "foreign", isDefault: true }),
    ann: await addPerson(db, ours, { name: "Ann" }),
    bob: await addPerson(db, ours, { name: "Bob" }),
    admin: await addPerson(db, ours, { name: "Ada", role: "admin" }),
    eve: await addPerson(db, theirs, { name: "Eve", role: "owner" }),
  }
  return { ...parts, ...createActions(parts) }
}

function createActions({ server, database, model, ann, agentId }: StageParts) {
  /** Requests as Ann, unless the options name another token (or undefined for none). */
  const as = (method: string, path: string, options: CallOptions = {}): Promise<Answer> =>
    call(server.url, method, path, { token: ann.token, ...options })

  const createConversation = async (token = ann.token): Promise<string> => {
    const answer = await as("POST", "/v1/api/conversations", { token, json: { agent_id: agentId } })
    if (answer.status !== 201) throw new Error(answer.text)
    return String(answer.json["id"])
  }

  const submit = (id: string, text: string, more: object = {}): Promise<Answer> =>
    as("POST", `/v1/api/conversations/${id}/messages`, { json: { text, ...more } })

  const find = async (id: string) => (await as("GET", `/v1/api/conversations/${id}`)).json

  return {
    db: database.db,
    call: as,
    createConversation,
    submit,
    post: (id: string, json: object, headers: Record<string, string> = {}) =>
      as("POST", `/v1/api/conversations/${id}/messages`, { json, headers }),
    /** The rows of inbound messages. */
    inboundOf: async (id: string) =>
      (await as("GET", `/v1/api/conversations/${id}/messages?direction=inbound`)).list,
    /** A page of the caller's conversations. */
    async list(query: string, token?: string) {
      const answer = await as(
        "GET",
        `/v1/api/conversations?${query}`,
        token === undefined ? {} : { token },
      )
      if (answer.status !== 200) throw new Error(answer.text)
      return conversationPage.parse(answer.json)
    },
    stream: (path: string, options: Parameters<typeof openStream>[2] = {}) =>
      openStream(server.url, path, { token: ann.token, ...options }),

    /**
     * Retries a large body as clients do: a server out of body memory answers "try again" after 5 s
     * and then accepts the same key.
     */
    async submitLarge(id: string, text: string, more: object): Promise<void> {
      const key = { idempotency_key: randomUUID() }
      const isAccepted = async () => {
        const answer = await submit(id, text, { ...more, ...key })
        if (answer.status !== 202 && answer.status !== 503) throw new TypeError(answer.text)
        return answer.status === 202
      }
      await waitFor(isAccepted, { timeoutMs: 40_000, everyMs: 500 })
    },

    /** A conversation whose turn runs until stopped. */
    async holdTurn(): Promise<{ id: string; turnId: string }> {
      const id = await createConversation()
      const turnId = String((await submit(id, "please [hold]")).json["turn_id"])
      await waitFor(async () => (await find(id))["active_turn"] !== null)
      return { id, turnId }
    },

    /** A conversation with one finished turn. */
    async finishedTurn(
      text = "hello",
      more: object = {},
    ): Promise<{ id: string; turnId: string; lastSeq: number }> {
      const id = await createConversation()
      const answer = await submit(id, text, more)
      if (answer.status !== 202) throw new Error(answer.text)
      const lastSeq = await waitFor(
        async () => {
          const { active_turn: active, queue, last_seq: seq } = await find(id)
          return active === null && Array.isArray(queue) && queue.length === 0 && Number(seq)
        },
        { timeoutMs: 15_000 },
      )
      return { id, turnId: String(answer.json["turn_id"]), lastSeq }
    },

    async close(): Promise<void> {
      await server.kill("SIGKILL")
      await model.close()
      await database.drop()
    },
  }
}
