import { afterAll, beforeAll, expect, test } from "vitest"

import { countEndedTurns } from "#db/queries/usage.ts"
import { ModelError, type StepPart } from "#lib/models/step.ts"
import { usageReport, type UsageReport } from "#lib/protocol/usage.ts"

import { call } from "../../../../support/http.ts"
import { addPerson, type TestPerson } from "../../../../support/people.ts"
import { serveStudio, type StudioServer } from "../../../../support/studio-server.ts"
import {
  collect,
  createTestStudio,
  submitText,
  type TestStudio,
} from "../../../../support/studio.ts"
import { waitFor } from "../../../../support/wait-for.ts"

let studio: TestStudio
let server: StudioServer
let admin: TestPerson

/** Three ended turns: one with all numbers, one whose model reports none, one that failed. */
beforeAll(async () => {
  studio = await createTestStudio()
  const runtime = await studio.start()
  server = await serveStudio(runtime)
  admin = await addPerson(studio.db, studio.principal.tenantId, { name: "Ada", role: "admin" })
  studio.script((_request, callNumber) => {
    if (callNumber === 3) throw new ModelError("model_refused_request", "No.", false)
    return answered(callNumber === 1)
  })
  const id = await studio.createConversation()
  for (const text of ["known", "unknown", "failed"]) {
    const { turnId } = await submitText(studio, runtime, id, text)
    await collect(studio, runtime, id).done(turnId)
  }
  // Housekeeping may be counting some of them concurrently.
  await waitFor(async () => {
    await countEndedTurns(studio.db)
    return (await report()).total.turns === 3
  })
})

afterAll(async () => {
  await server?.close()
  await studio?.stop()
})

function* answered(isKnown: boolean): Iterable<StepPart> {
  yield { type: "text", text: "Yes." }
  const [inputTokens, outputTokens, costUsd] = isKnown ? [120, 30, 0.025] : [null, null, null]
  const usage = { model: "test/scripted", inputTokens, outputTokens, costUsd }
  yield { type: "finish", reason: "end", usage }
}

const ask = (query: string) =>
  call(server.url, "GET", `/v1/admin/usage?${query}`, { token: admin.token })

async function report(query = ""): Promise<UsageReport> {
  return usageReport.parse((await ask(query)).json)
}

const expected = {
  turns: 3,
  errors: 1,
  input_tokens: 120,
  output_tokens: 30,
  turns_without_tokens: 2,
  cost_usd: 0.025,
  turns_without_price: 2,
}

test("the sums equal those of the journal; unreported usage counts as unknown", async () => {
  const { total, items } = await report()
  expect(total).toMatchObject(expected)
  expect(items).toMatchObject([{ name: null, ...expected }])
  const [journal] = await studio.db.$client<{ inputTokens: number; outputTokens: number }[]>`
    select count(distinct turn_id)::int as turns,
      count(*) filter (where kind = 'error')::int as errors,
      sum((payload->>'input_tokens')::int) filter (where kind = 'token_usage')::int as input_tokens,
      sum((payload->>'output_tokens')::int) filter (where kind = 'token_usage')::int
        as output_tokens
    from journal where turn_id is not null`
  const { inputTokens, outputTokens, ...counts } = journal ?? { inputTokens: 0, outputTokens: 0 }
  expect(total).toMatchObject({
    ...counts,
    input_tokens: inputTokens,
    output_tokens: outputTokens,
  })
  expect(total.latency_p50_ms).toBeGreaterThan(0)
})

test("by agent and by person they are the same, with their names", async () => {
  expect((await report("by=agent")).items).toMatchObject([{ name: "Assistant", ...expected }])
  expect((await report("by=user")).items).toMatchObject([
    { key: studio.principal.userId, name: "Mira", ...expected },
  ])
})

test("days outside the range add nothing, and their sums are zero, not unknown", async () => {
  const { items, total } = await report("from=2020-01-01&to=2020-01-31")
  expect(items).toEqual([])
  expect(total).toMatchObject({ turns: 0, cost_usd: 0, turns_without_tokens: 0 })
})

test.each([
  "from=2026-02-02&to=2026-02-01",
  "from=2020-01-01&to=2026-01-01",
  "from=yesterday",
  "from=0000-01-01&to=0000-01-02",
  "by=planet",
  "by=day&by=agent",
])("400: refuses %s", async (query) => {
  const answer = await ask(query)
  expect([answer.status, answer.json["code"]]).toEqual([400, "invalid_query"])
})
