import { randomUUID } from "node:crypto"

import { afterAll, beforeAll, describe, expect, test } from "vitest"

import { routes } from "#lib/http/routes.ts"

import { call, type Answer, type CallOptions } from "../../support/http.ts"
import type { TestPerson } from "../../support/people.ts"
import { createWorld, type World } from "../../support/world.ts"

const conversations = "/v1/api/conversations"

/** A person's objects that have an id. */
interface Belongings {
  owner: TestPerson
  agentId: string
  conversationId: string
  turnId: string
  attachmentId: string
  tokenId: string
}

let world: World
let belongings: Belongings[]

/** Three people in each of three tenants, each with one of everything. */
beforeAll(async () => {
  world = await createWorld()
  const tenants = [world.ours, world.theirs, world.third]
  belongings = await Promise.all(
    tenants.flatMap((tenant) =>
      [tenant.owner, tenant.member, tenant.colleague].map(async (owner) => {
        const { conversationId, turnId } = await world.queuedTurnOf(owner)
        const { attachmentId } = await world.attachmentOf(owner)
        const tokenId = await world.tokenOf(owner)
        return { owner, agentId: tenant.agentId, conversationId, turnId, attachmentId, tokenId }
      }),
    ),
  )
})

afterAll(async () => await world?.close())

const ask = (who: TestPerson, method: string, path: string, options: CallOptions = {}) =>
  call(world.url, method, path, { token: who.token, ...options })

/** Every observable part of a response. */
function shown({ status, headers, text }: Answer): unknown {
  const { date: _date, "x-request-id": _request, ...others } = headers
  const kept = Object.entries(others).filter(([name]) => !name.startsWith("ratelimit"))
  return { status, headers: Object.fromEntries(kept), text }
}

/** A body that every endpoint accepts as its own. */
const body = { text: "x", title: "x", seq: 0, name: "x" }

const byName: Record<string, "turnId" | "attachmentId"> = {
  turn_id: "turnId",
  attachment_id: "attachmentId",
}

/** The object behind an id in a path: that of the last noun before it. */
function idOf(path: string, name: string, of: Belongings): string {
  const known = byName[name]
  if (known !== undefined) return of[known]
  if (path.startsWith(conversations)) return of.conversationId
  if (path.startsWith("/v1/api/tokens")) return of.tokenId
  if (path.includes("/agents")) return of.agentId
  return of.owner.userId
}

function fill(path: string, of: Belongings | null): string {
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    of === null ? randomUUID() : idOf(path, name, of),
  )
}

const named = routes
  .filter((route) => route.path.includes("{"))
  .map((route) => [`${route.method} ${route.path}`, route] as const)

describe("a foreign id in the path behaves like a random id", () => {
  test.each(named)("%s", async (_name, route) => {
    const json = route.method === "GET" ? {} : { json: body }
    for (const asker of belongings) {
      const random = shown(await ask(asker.owner, route.method, fill(route.path, null), json))
      for (const other of belongings) {
        // The matrix covers an admin's rights on people and agents of their own tenant.
        const isAdmins = asker.owner.tenantId === other.owner.tenantId && route.scope === "admin"
        if (other === asker || isAdmins) continue
        const answer = await ask(asker.owner, route.method, fill(route.path, other), json)
        expect(shown(answer)).toEqual(random)
      }
    }
  })

  test("also nested below an id of one's own", async () => {
    for (const asker of belongings) {
      const own = `${conversations}/${asker.conversationId}`
      const about = (turnId: string, fileId: string) =>
        Promise.all([
          ask(asker.owner, "DELETE", `${own}/turns/${turnId}`),
          ask(asker.owner, "GET", `${own}/attachments/${fileId}`),
          ask(asker.owner, "POST", `${own}/interrupt`, { json: { turn_id: turnId } }),
          ask(asker.owner, "GET", `${own}/messages?turn_id=${turnId}`),
        ])
      const random = (await about(randomUUID(), randomUUID())).map(shown)
      for (const other of belongings) {
        if (other === asker) continue
        expect((await about(other.turnId, other.attachmentId)).map(shown)).toEqual(random)
      }
    }
  })
})

test("another tenant's agent in the body behaves like a random id", async () => {
  for (const asker of belongings) {
    const create = (id: string) =>
      ask(asker.owner, "POST", conversations, { json: { agent_id: id } })
    const random = shown(await create(randomUUID()))
    for (const other of belongings) {
      if (other.owner.tenantId === asker.owner.tenantId) continue
      expect(shown(await create(other.agentId))).toEqual(random)
    }
  }
})

test("a foreign cursor opens no stream", async () => {
  for (const asker of belongings) {
    const attach = (id: string, place: string) =>
      ask(asker.owner, "GET", `${conversations}/${id}/stream?since_seq=${place}`, {
        headers: { "last-event-id": place },
      })
    const random = shown(await attach(randomUUID(), "1"))
    for (const other of belongings) {
      if (other === asker) continue
      for (const place of ["1", other.conversationId, `${other.conversationId}:1`]) {
        expect(shown(await attach(other.conversationId, place))).toEqual(random)
      }
    }
  }
})

/** Values of `view` that must be ignored: for members any, for admins any other spelling. */
const spellings = [
  "view=admin",
  "view=ADMIN",
  "View=admin",
  "view=admin&view=admin",
  "view=participant&view=admin",
  "view[]=admin",
  "view=%61dmin",
  "view=admin%00",
  "view=admin%20",
  "view=true",
  "admin=1",
  "viewing_as=admin",
  "view=admin;",
]

describe("a member's view=admin returns the plain response, byte for byte", () => {
  test.each(spellings)("%s", async (spelling) => {
    const [, mine, theirs] = belongings
    if (mine === undefined || theirs === undefined) throw new Error("unreached")
    const addresses = [
      conversations,
      `${conversations}/${mine.conversationId}`,
      `${conversations}/${mine.conversationId}/messages`,
      `${conversations}/${theirs.conversationId}`,
      `${conversations}/${theirs.conversationId}/messages`,
      `${conversations}/${theirs.conversationId}/stream`,
      `${conversations}/${theirs.conversationId}/attachments/${theirs.attachmentId}`,
    ]
    for (const address of addresses) {
      const plain = await ask(mine.owner, "GET", address)
      expect(shown(await ask(mine.owner, "GET", `${address}?${spelling}`))).toEqual(shown(plain))
    }
  })
})
