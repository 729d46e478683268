import type { Env } from "#lib/env.ts"
import { newId } from "#lib/ids.ts"
import type { StartedRuntime } from "#lib/runtime.ts"
import { hashToken } from "#lib/tokens/token-format.ts"

import { call } from "./http.ts"
import { addAgent, addConversation, addPerson, addTenant, type TestPerson } from "./people.ts"
import { serveStudio } from "./studio-server.ts"
import { createTestStudio, type TestStudio } from "./studio.ts"

interface WorldTenant {
  id: string
  agentId: string
  owner: TestPerson
  admin: TestPerson
  member: TestPerson
  /** Another member. */
  colleague: TestPerson
}

/** Three tenants with four people each, and a server without a driver: queued turns stay queued. */
export interface World {
  studio: TestStudio
  runtime: StartedRuntime
  url: string
  ours: WorldTenant
  theirs: WorldTenant
  third: WorldTenant
  conversationOf(owner: TestPerson): Promise<string>
  queuedTurnOf(owner: TestPerson): Promise<{ conversationId: string; turnId: string }>
  attachmentOf(owner: TestPerson): Promise<{ conversationId: string; attachmentId: string }>
  tokenOf(owner: TestPerson): Promise<string>
  sessionOf(owner: TestPerson): Promise<string>
  /** A new member of their tenant, with a password. */
  memberBeside(person: TestPerson): Promise<TestPerson>
  /** Issued by them, for an address without an account. */
  invitationOf(owner: TestPerson): Promise<string>
  close(): Promise<void>
}

interface WorldOptions {
  /** Locale of the database. */
  locale?: string | undefined
  /** Overrides for the server's environment. */
  env?: Partial<Env>
}

export async function createWorld({ locale, env = {} }: WorldOptions = {}): Promise<World> {
  const studio = await createTestStudio({ locale })
  const runtime = await studio.start({ role: "web", env })
  const server = await serveStudio(runtime)
  const [ours, theirs, third] = await Promise.all(
    (["Ours", "Theirs", "Third"] as const).map((name) => addWorldTenant(studio, name)),
  )
  if (ours === undefined || theirs === undefined || third === undefined)
    throw new Error("unreached")
  const tenants = [ours, theirs, third]
  const agentOf = (person: TestPerson) =>
    tenants.find((tenant) => tenant.id === person.tenantId)?.agentId ?? ""
  const conversationOf = (owner: TestPerson) => addConversation(studio.db, owner, agentOf(owner))
  const submitTo = async (owner: TestPerson, message: object) => {
    const conversationId = await conversationOf(owner)
    const path = `/v1/api/conversations/${conversationId}/messages`
    const answer = await call(server.url, "POST", path, { token: owner.token, json: message })
    if (answer.status !== 202) throw new Error(answer.text)
    return { conversationId, turnId: String(answer.json["turn_id"]) }
  }
  return {
    studio,
    runtime,
    url: server.url,
    ours,
    theirs,
    third,
    conversationOf,
    queuedTurnOf: (owner) => submitTo(owner, { text: "wait" }),
    async attachmentOf(owner) {
      const file = { filename: "a.txt", content_type: "text/plain", data_b64: btoa("a secret") }
      const { conversationId } = await submitTo(owner, { text: "read", attachments: [file] })
      const [row] = await studio.db.$client<{ id: string }[]>`
        select id from attachments where conversation_id = ${conversationId}`
      return { conversationId, attachmentId: row?.id ?? "" }
    },
    async tokenOf(owner) {
      const id = newId()
      await studio.db.$client`
        insert into tokens (id, tenant_id, user_id, name, hash, start, scopes)
        values (${id}, ${owner.tenantId}, ${owner.userId}, 'x', ${hashToken(id)}, 'hq_pat_', '{agents:read}')`
      return id
    },
    async sessionOf(owner) {
      const id = newId()
      await studio.db.$client`
        insert into sessions (id, user_id, token, expires_at)
        values (${id}, ${owner.userId}, ${id}, now() + interval '1 hour')`
      return id
    },
    async memberBeside({ tenantId }) {
      const member = await addPerson(studio.db, tenantId, { name: "Beside" })
      const { userId } = member
      await studio.db.$client`
        insert into accounts (id, user_id, account_id, provider_id, password)
        values (${newId()}, ${userId}, ${userId}, 'credential', 'a hash')`
      return member
    },
    async invitationOf(owner) {
      const id = newId()
      await studio.db.$client`
        insert into invitations (id, tenant_id, email, hash, invited_by, expires_at)
        values (${id}, ${owner.tenantId}, ${`${id}@example.com`}, ${hashToken(id)},
          ${owner.userId}, now() + interval '1 hour')`
      return id
    },
    async close() {
      await server.close()
      await studio.stop()
    },
  }
}

async function addWorldTenant({ db }: TestStudio, name: string): Promise<WorldTenant> {
  const id = await addTenant(db, name)
  return {
    id,
    agentId: await addAgent(db, id, { slug: "helper", displayName: "Helper", isDefault: true }),
    owner: await addPerson(db, id, { name: `${name} owner`, role: "owner" }),
    admin: await addPerson(db, id, { name: `${name} admin`, role: "admin" }),
    member: await addPerson(db, id, { name: `${name} member` }),
    colleague: await addPerson(db, id, { name: `${name} colleague` }),
  }
}
