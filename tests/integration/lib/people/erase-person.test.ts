import { afterAll, beforeAll, describe, expect, test } from "vitest"

import { purgeDeletedConversation } from "#db/queries/housekeeping.ts"
import { insertSubmits } from "#db/queries/submit.ts"
import { countEndedTurns } from "#db/queries/usage.ts"
import { answerRequest } from "#lib/http/handle-request.ts"
import { newId } from "#lib/ids.ts"
import { erasureSummary } from "#lib/protocol/people.ts"
import type { StartedRuntime } from "#lib/runtime.ts"
import { runErasures } from "#lib/turns/upkeep/run-erasures.ts"

import { accountRequest } from "../../../support/account-request.ts"
import { call, openStream } from "../../../support/http.ts"
import {
  addAgent,
  addConversation,
  addPerson,
  addTenant,
  addToken,
  type TestPerson,
} from "../../../support/people.ts"
import {
  password,
  serveStudio,
  signIn as openSession,
  type StudioServer,
} from "../../../support/studio-server.ts"
import { createTestStudio, finishPart, type TestStudio } from "../../../support/studio.ts"
import { tablesWith } from "../../../support/tables-with.ts"
import { waitFor } from "../../../support/wait-for.ts"

let studio: TestStudio
let runtime: StartedRuntime
let server: StudioServer

beforeAll(async () => {
  studio = await createTestStudio()
  runtime = await studio.start({ role: "all" })
  server = await serveStudio(runtime)
})
afterAll(async () => {
  await server?.close()
  await studio?.stop()
})

interface Member extends TestPerson {
  cookie: string
  email: string
}

async function addMember(
  tenantId: string,
  role: "owner" | "admin" | "member",
  name: string = role,
): Promise<Member> {
  const person = await addPerson(studio.db, tenantId, { name, role })
  const cookie = await openSession(runtime, person)
  return { ...person, cookie, email: `${person.userId}@studio.test` }
}

let teams = 0

async function addTeam() {
  teams += 1
  const tenantId = await addTenant(studio.db, "Team")
  return {
    tenantId,
    agentId: await addAgent(studio.db, tenantId, { slug: "helper", isDefault: true }),
    owner: await addMember(tenantId, "owner"),
    admin: await addMember(tenantId, "admin"),
    member: await addMember(tenantId, "member", `Zebulon ${teams}z`),
  }
}

const ask = (who: { cookie: string }, method: string, path: string, json?: object) =>
  call(server.url, method, path, {
    headers: { cookie: who.cookie, "sec-fetch-site": "same-origin" },
    json,
  })

const pathOf = (userId: string) => `/v1/api/users/${userId}/erase`

const erase = (owner: Member, whom: Member, changes: object = {}) =>
  ask(owner, "POST", pathOf(whom.userId), { email: whom.email, ...changes })

const eraseSelf = (who: Member, body: object = { current_password: password }) =>
  ask(who, "POST", "/v1/api/me/erase", body)

const codeOf = ({ status, json }: Awaited<ReturnType<typeof ask>>) =>
  status < 300 ? String(status) : `${status} ${String(json["code"])}`

const signIn = (email: string) =>
  answerRequest(runtime, accountRequest("/api/auth/sign-in/email", { email, password }))

/** Skips the minutes that separate the steps of an erasure. */
async function settle(userId: string): Promise<void> {
  const sql = studio.db.$client
  await sql`
    update users set erased_at = erased_at - interval '1 minute'
    where id = ${userId} and erased_at > now() - interval '10 seconds'`
  await sql`
    update conversations set deleted_at = deleted_at - interval '2 minutes'
    where owner_id = ${userId} and deleted_at is not null`
  // Housekeeping of the runtime may be running concurrently.
  while ((await countEndedTurns(studio.db)) > 0);
  while (await purgeDeletedConversation(studio.db));
}

async function finish(userId: string): Promise<void> {
  const signal = new AbortController().signal
  await waitFor(
    async () => {
      await settle(userId)
      await runErasures(runtime, signal)
      return (await studio.db.$client`select 1 from users where id = ${userId}`).length === 0
    },
    { timeoutMs: 30_000 },
  )
}

async function recordsOf(userId: string): Promise<string[]> {
  const rows = await studio.db.$client<{ action: string }[]>`
    select action from audit where subject_id = ${userId} order by id`
  return rows.map((row) => row.action)
}

/** A person writes to a conversation, with everything a message can carry. */
async function write(conversationId: string, author: Member): Promise<void> {
  const [turnId, messageId] = [newId(), newId()]
  const payload = {
    turn_id: turnId,
    message_id: messageId,
    text: "nul \0 and \u2028, kept as they are",
    attachments: [],
    author: { user_id: author.userId, name: author.name, avatar_url: "https://a.example/z.png" },
    turn_source: "api",
    idempotency_key: null,
    later: { field: 1 },
  }
  const row = {
    tenantId: author.tenantId,
    userId: author.userId,
    conversationId,
    turnId,
    messageId,
    turnSource: "api",
    browserSession: false,
    payload: JSON.stringify(payload),
    detail: JSON.stringify({ identity: { mail: author.email } }),
    preview: "kept",
    automaticTitle: "Kept",
    idempotency: null,
    attachments: [],
  }
  const submit = async () => {
    const [outcome] = await insertSubmits(studio.db, [row], { queuedTurnsMax: 50, keySeconds: 60 })
    return outcome?.state
  }
  // `busy`, with nothing written, while the turn before is being settled.
  await expect.poll(submit, { timeout: 10_000 }).toBe("accepted")
}

describe("erasing", () => {
  test("is reserved to owners, for anyone else of the tenant, in a session, confirmed by their address", async () => {
    const { owner, admin, member } = await addTeam()
    const other = await addTeam()
    expect(codeOf(await erase(admin, member))).toBe("403 owner_required")
    expect(codeOf(await erase(member, admin))).toBe("403 missing_scope")
    expect(codeOf(await erase(owner, owner))).toBe("409 own_account")
    const theirs = await erase(owner, other.member)
    const nobody = await ask(owner, "POST", pathOf(newId()), { email: other.member.email })
    expect([theirs.status, theirs.text]).toEqual([404, nobody.text])
    const byToken = await call(server.url, "POST", pathOf(member.userId), {
      token: owner.token,
      json: { email: member.email },
    })
    expect(codeOf(byToken)).toBe("403 session_required")
    for (const email of [admin.email, "not one", "", 7, null]) {
      const answer = await erase(owner, member, { email })
      expect([answer.status, answer.json["field"]]).toEqual([422, "email"])
    }
    const wrong = await erase(owner, member, { reason: "x".repeat(501) })
    expect([wrong.status, wrong.json["field"]]).toEqual([422, "reason"])
    expect(await recordsOf(member.userId)).toEqual(["session.created"])
    expect((await ask(member, "GET", "/v1/api/me")).status).toBe(200)
  })

  test("oneself requires the password, rate-limited with its attempts; never the last owner", async () => {
    const { owner, member } = await addTeam()
    expect(codeOf(await eraseSelf(owner))).toBe("409 last_owner")
    for (const current_password of ["wrong", "", undefined, null]) {
      const answer = await eraseSelf(member, { current_password })
      expect([answer.status, answer.json["field"]]).toEqual([422, "current_password"])
    }
    const token = await call(server.url, "POST", "/v1/api/me/erase", {
      token: member.token,
      json: { current_password: password },
    })
    expect(codeOf(token)).toBe("403 session_required")
    for (let tries = 0; tries < 6; tries++) await eraseSelf(member, { current_password: "x" })
    expect(codeOf(await eraseSelf(member))).toBe("429 rate_limited")
    await studio.db.$client`delete from tries`
    expect(codeOf(await eraseSelf(member))).toBe("200")
    expect((await ask(member, "GET", "/v1/api/me")).status).toBe(401)
  })

  test("oneself without a password requires a recent sign-in", async () => {
    const { member } = await addTeam()
    const sql = studio.db.$client
    await sql`delete from accounts where user_id = ${member.userId}`
    await sql`
      update sessions set created_at = now() - interval '16 minutes'
      where user_id = ${member.userId}`
    expect(codeOf(await eraseSelf(member, {}))).toBe("403 session_too_old")
    await sql`update sessions set created_at = now() where user_id = ${member.userId}`
    expect(codeOf(await eraseSelf(member, {}))).toBe("200")
  })

  test("of two owners who erase themselves concurrently one remains", async () => {
    for (let round = 0; round < 3; round++) {
      const { owner, tenantId } = await addTeam()
      const second = await addMember(tenantId, "owner")
      const answers = await Promise.all([eraseSelf(owner), eraseSelf(second)])
      expect(answers.map(codeOf).toSorted()).toEqual(["200", "409 last_owner"])
    }
  })

  test("ends sessions, tokens, links, streams and turns at once, and frees the address", async () => {
    const { owner, admin, agentId } = await addTeam()
    const stop = Promise.withResolvers<void>()
    studio.script(async function* ({ signal }) {
      yield { type: "text", text: "half an answer" }
      signal.addEventListener("abort", () => stop.resolve())
      await stop.promise
      yield finishPart()
    })
    const id = await addConversation(studio.db, admin, agentId)
    const stream = await openStream(server.url, `/v1/api/conversations/${id}/stream?since_seq=0`, {
      token: admin.token,
    })
    await call(server.url, "POST", `/v1/api/conversations/${id}/messages`, {
      token: admin.token,
      json: { text: "begin" },
    })
    await waitFor(() => stream.events.some((event) => event.event === "text_delta"))
    const invited = await ask(admin, "POST", "/v1/api/users", { email: "new@team.example" })
    const link = String(invited.json["url"])
    const answer = await erase(owner, admin, { reason: "has left" })
    expect(erasureSummary.parse(answer.json)).toMatchObject({
      id: admin.userId,
      conversations: 1,
      tokens: 1,
      sessions: 1,
      invitations: 1,
    })
    await stop.promise
    await waitFor(() => stream.isEnded())
    expect((await ask(admin, "GET", "/v1/api/me")).status).toBe(401)
    await waitFor(async () => {
      const { status } = await call(server.url, "GET", "/v1/api/me", { token: admin.token })
      return status === 401
    })
    expect((await signIn(admin.email)).status).toBe(401)
    const joined = await call(server.url, "GET", new URL(link).pathname, {})
    expect(joined.status).toBe(404)
    const users = await ask(owner, "GET", "/v1/api/users")
    expect(users.text).not.toContain(admin.userId)
    for (const change of [{ disabled: false }, { role: "owner" }]) {
      const path = `/v1/api/users/${admin.userId}`
      expect(codeOf(await ask(owner, "PATCH", path, change))).toBe("404 not_found")
    }
    expect(codeOf(await erase(owner, admin))).toBe("404 not_found")
    const reset = await ask(owner, "POST", `/v1/api/users/${admin.userId}/password-reset`)
    expect(codeOf(reset)).toBe("404 not_found")
    expect(codeOf(await ask(owner, "POST", "/v1/api/users", { email: admin.email }))).toBe("201")
    const records = await studio.db.$client<{ action: string; actor: string; detail: object }[]>`
      select action, actor_id as actor, detail::jsonb from audit
      where target_id = ${admin.userId} and action like 'user.eras%'`
    expect([...records]).toEqual([
      {
        action: "user.erasure_started",
        actor: owner.userId,
        detail: { reason: "has left", conversations: 1 },
      },
    ])
    await finish(admin.userId)
  })

  test("leaves nothing in any table except an id, and the names sealed in the audit trail", async () => {
    const { owner, member, agentId, tenantId } = await addTeam()
    const { db } = studio
    const sql = db.$client
    studio.script(function* () {
      yield { type: "text", text: "heard" }
      yield finishPart()
    })
    const own = await addConversation(db, member, agentId)
    const message = {
      text: "mine alone",
      attachments: [
        { filename: "quigley.txt", content_type: "text/plain", data_b64: btoa("quigley's file") },
      ],
    }
    await call(server.url, "POST", `/v1/api/conversations/${own}/messages`, {
      token: member.token,
      json: message,
    })
    const shared = await addConversation(db, owner, agentId)
    await sql`
      insert into participants (conversation_id, user_id, tenant_id)
      values (${shared}, ${member.userId}, ${tenantId})`
    await write(shared, member)
    await write(shared, owner)
    await addToken(db, member, { scopes: ["user"] })
    await sql`
      insert into invitations (id, tenant_id, email, hash, invited_by, accepted_by, accepted_at, expires_at)
      values (${newId()}, ${tenantId}, ${member.email}, ${Buffer.from("a")}, ${owner.userId}, ${member.userId}, now(), now()),
        (${newId()}, ${tenantId}, ${member.email}, ${Buffer.from("b")}, ${owner.userId}, null, null, now())`
    await sql`
      insert into password_resets (id, tenant_id, user_id, hash, created_by, expires_at)
      values (${newId()}, ${tenantId}, ${member.userId}, ${Buffer.from("c")}, ${owner.userId}, now()),
        (${newId()}, ${tenantId}, ${owner.userId}, ${Buffer.from("d")}, ${member.userId}, now())`
    await waitFor(
      async () => {
        const open = await sql`
        select 1 from turns where conversation_id in (${own}, ${shared})
          and (status <> 'ended' or counted_at is null or folded_at is null)`
        return open.length === 0
      },
      { timeoutMs: 20_000 },
    )
    expect((await tablesWith(sql, member.userId)).length).toBeGreaterThan(12)

    expect(codeOf(await eraseSelf(member))).toBe("200")
    await finish(member.userId)

    expect(await tablesWith(sql, member.userId)).toEqual([
      "audit.actor_id",
      "audit.subject_id",
      "audit.target_id",
      "journal.payload",
      "turns.user_id",
    ])
    expect(await tablesWith(sql, member.name)).toEqual([])
    expect(await tablesWith(sql, member.email)).toEqual([])
    expect(await tablesWith(sql, "mine alone")).toEqual([])
    expect(await tablesWith(sql, "quigley.txt")).toEqual([])
    const rows = await sql<{ payload: string; detail: string | null }[]>`
      select payload::text, detail::text from journal
      where conversation_id = ${shared} and kind = 'message' order by seq`
    const [theirs, ours] = rows.map((row) => JSON.parse(row.payload) as Record<string, unknown>)
    expect(theirs).toMatchObject({
      text: "nul \0 and \u2028, kept as they are",
      author: { user_id: member.userId, name: "Former member" },
      later: { field: 1 },
    })
    expect(theirs?.["author"]).not.toHaveProperty("avatar_url")
    expect(ours).toMatchObject({ author: { name: owner.name } })
    expect(rows.map((row) => row.detail === null)).toEqual([true, false])
    expect((await recordsOf(member.userId)).slice(-1)).toEqual(["user.erased"])
    const seen = await ask(owner, "GET", `/v1/admin/audit?target=${member.userId}`)
    expect(seen.text).not.toContain(member.email)
  })

  test("resumes after a crash at any step, and in two processes concurrently", async () => {
    const { owner, member, agentId, tenantId } = await addTeam()
    const { db } = studio
    const sql = db.$client
    for (let count = 0; count < 45; count++) await addConversation(db, member, agentId)
    // A conversation without its head must not stop the erasure.
    await sql`
      delete from heads where conversation_id = (
        select id from conversations where owner_id = ${member.userId} limit 1)`
    const shared = await addConversation(db, owner, agentId)
    await sql`
      insert into participants (conversation_id, user_id, tenant_id)
      values (${shared}, ${member.userId}, ${tenantId})`
    await write(shared, member)
    // It begins, and the process dies before the next step.
    await sql`
      update users set erased_at = now(), disabled_at = now(), name = 'Former member'
      where id = ${member.userId}`
    const cut = new AbortController()
    let looks = 0
    const lookAt = () => {
      looks += 1
      if (looks === 25) cut.abort()
    }
    await runErasures({ ...runtime, lookAt }, cut.signal)
    const left = async () =>
      (
        await sql`
        select 1 from conversations where owner_id = ${member.userId} and deleted_at is null`
      ).length
    // Housekeeping of the runtime may have taken some meanwhile.
    expect(await left()).toBeLessThanOrEqual(20)
    const signal = new AbortController().signal
    await Promise.all([runErasures(runtime, signal), runErasures(runtime, signal)])
    expect(await left()).toBe(0)
    await finish(member.userId)
    expect(await tablesWith(sql, member.name)).toEqual([])
    const erased = (await recordsOf(member.userId)).filter((action) => action === "user.erased")
    expect(erased).toHaveLength(1)
  })

  test("operations already running elsewhere cannot bring a name back", async () => {
    const { owner, member } = await addTeam()
    await Promise.all([
      erase(owner, member),
      ask(member, "PATCH", "/v1/api/me", { name: "Zebulon Again" }),
      ask(owner, "PATCH", `/v1/api/users/${member.userId}`, { role: "admin" }),
    ])
    const [row] = await studio.db.$client<{ name: string; role: string }[]>`
      select name, role from users where id = ${member.userId}`
    expect(row ?? { name: "Former member", role: "member" }).toEqual({
      name: "Former member",
      role: "member",
    })
  })
})
