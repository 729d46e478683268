import { afterAll, beforeAll, describe, expect, test } from "vitest"

import { agentSettings } from "#lib/protocol/agents.ts"

import { call } from "../../../../support/http.ts"
import type { TestPerson } from "../../../../support/people.ts"
import { createWorld, type World } from "../../../../support/world.ts"

const path = "/v1/agents"

let world: World
let admin: TestPerson
let made = 0

beforeAll(async () => {
  world = await createWorld()
  ;({ admin } = world.ours)
})

afterAll(async () => await world?.close())

const post = (json: object, who = admin) =>
  call(world.url, "POST", path, { token: who.token, json })
const patch = (id: string, json: object, who = admin) =>
  call(world.url, "PATCH", `${path}/${id}`, { token: who.token, json })

async function makeAgent(more: object = {}) {
  made += 1
  const answer = await post({ slug: `made-${made}`, display_name: "Made", ...more })
  if (answer.status !== 201) throw new Error(answer.text)
  return agentSettings.parse(answer.json)
}

interface AuditRow {
  action: string
  actorId: string
  detail: Record<string, unknown>
}

const recordsOf = (agentId: string) =>
  world.studio.db.$client<AuditRow[]>`
    select action, actor_id, detail::jsonb from audit
    where target_id = ${agentId} and tenant_id = ${admin.tenantId} order by at, id`

describe("creating an agent", () => {
  test("201: stores the given values and defaults; recorded without its instructions", async () => {
    const answer = await post({
      slug: "night-shift",
      display_name: "  Night shift ",
      description: " Answers at night. ",
      instructions: "Be brief.\n",
      tools: ["calculate", "calculate"],
    })
    expect(answer.status).toBe(201)
    const agent = agentSettings.parse(answer.json)
    expect(agent).toMatchObject({
      slug: "night-shift",
      display_name: "Night shift",
      description: "Answers at night.",
      instructions: "Be brief.\n",
      model: null,
      tools: ["calculate"],
      status: "active",
      is_default: false,
    })
    const rows = await recordsOf(agent.id)
    expect(rows).toEqual([
      {
        action: "agent.created",
        actorId: admin.userId,
        detail: { slug: "night-shift", model: null, tools: ["calculate"] },
      },
    ])
  })

  test("422: names the field; nothing is created", async () => {
    const good = { slug: "never", display_name: "Never" }
    const bad: [object, string][] = [
      [{ slug: "" }, "slug"],
      [{ slug: "No" }, "slug"],
      [{ slug: "-no" }, "slug"],
      [{ slug: "n".repeat(65) }, "slug"],
      [{ display_name: " \u200b" }, "display_name"],
      [{ display_name: "n".repeat(101) }, "display_name"],
      [{ display_name: "a\0b" }, "display_name"],
      [{ description: "d".repeat(501) }, "description"],
      [{ instructions: "i".repeat(32_001) }, "instructions"],
      [{ model: "nobody/knows" }, "model"],
      [{ tools: ["rm"] }, "tools"],
      [{ tools: "calculate" }, "tools"],
      [{ is_default: false }, "is_default"],
    ]
    for (const [change, field] of bad) {
      const answer = await post({ ...good, ...change })
      expect([change, answer.status, answer.json["field"]]).toEqual([change, 422, field])
    }
    const there = await world.studio.db.$client`select 1 from agents where slug = 'never'`
    expect(there).toHaveLength(0)
  })

  test("a slug is unique within a tenant and free in another", async () => {
    const { slug } = await makeAgent()
    const again = await post({ slug, display_name: "Twin" })
    expect([again.status, again.json["field"]]).toEqual([422, "slug"])
    expect((await post({ slug, display_name: "Theirs" }, world.theirs.owner)).status).toBe(201)
    const racing = await Promise.all(
      Array.from({ length: 4 }, () => post({ slug: "racing", display_name: "Racing" })),
    )
    expect(racing.filter((answer) => answer.status === 201)).toHaveLength(1)
  })
})

describe("changing an agent", () => {
  test("200: omitted fields stay; recorded with old and new values", async () => {
    const agent = await makeAgent({ instructions: "Secret ways." })
    const answer = await patch(agent.id, { display_name: "Other", tools: [], instructions: "New" })
    expect(answer.json).toEqual({
      ...agent,
      display_name: "Other",
      tools: [],
      instructions: "New",
    })
    await patch(agent.id, { display_name: "Other" })
    const [, ...rows] = await recordsOf(agent.id)
    expect(rows.map(({ action, detail }) => [action, detail])).toEqual([
      [
        "agent.changed",
        {
          displayName: { from: "Made", to: "Other" },
          tools: { from: null, to: [] },
          instructions: "changed",
        },
      ],
    ])
    expect(JSON.stringify(rows)).not.toContain("Secret")
  })

  test("a new default replaces the old one and cannot be disabled", async () => {
    const first = await makeAgent({ is_default: true })
    const second = await makeAgent()
    expect((await patch(second.id, { is_default: true })).json["is_default"]).toBe(true)
    const defaults = await world.studio.db.$client<{ id: string }[]>`
      select id from agents where tenant_id = ${admin.tenantId} and is_default`
    expect(defaults.map((row) => row.id)).toEqual([second.id])
    const refused = await patch(second.id, { status: "disabled" })
    expect([refused.status, refused.json["code"]]).toEqual([409, "agent_is_default"])
    expect((await recordsOf(second.id)).at(-1)).toMatchObject({
      action: "agent.default_changed",
      detail: { from: first.id },
    })
  })

  test("a disabled agent takes no conversation and is no default; enabling restores both", async () => {
    const agent = await makeAgent()
    const begin = () =>
      call(world.url, "POST", "/v1/api/conversations", {
        token: world.ours.member.token,
        json: { agent_id: agent.id },
      })
    expect((await patch(agent.id, { status: "disabled" })).json["status"]).toBe("disabled")
    expect((await begin()).json["code"]).toBe("agent_disabled")
    const refused = await patch(agent.id, { is_default: true })
    expect([refused.status, refused.json["code"]]).toEqual([409, "agent_disabled"])
    await patch(agent.id, { status: "active" })
    expect((await begin()).status).toBe(201)
    const rows = await recordsOf(agent.id)
    expect(rows.map((row) => row.action)).toEqual([
      "agent.created",
      "agent.disabled",
      "agent.enabled",
    ])
  })

  test("422: names the field; a slug never changes", async () => {
    const agent = await makeAgent()
    for (const [change, field] of [
      [{ display_name: "" }, "display_name"],
      [{ status: "gone" }, "status"],
      [{ model: "nobody/knows" }, "model"],
    ] as const) {
      const answer = await patch(agent.id, change)
      expect([answer.status, answer.json["field"]]).toEqual([422, field])
    }
    expect((await patch(agent.id, { slug: "other" })).json["slug"]).toBe(agent.slug)
    expect(await recordsOf(agent.id)).toHaveLength(1)
  })

  test("404: another tenant's agent looks like a missing one", async () => {
    const none = await patch("0190a000-0000-7000-8000-000000000000", { display_name: "Mine" })
    const foreign = await patch(world.theirs.agentId, { display_name: "Mine" })
    expect([foreign.status, foreign.text]).toEqual([404, none.text])
  })
})

test("403: members can neither create nor change agents", async () => {
  const { member, agentId } = world.ours
  const json = { slug: "mine", display_name: "Mine" }
  for (const answer of [await post(json, member), await patch(agentId, json, member)]) {
    expect([answer.status, answer.json["code"]]).toEqual([403, "missing_scope"])
  }
})
