import fc from "fast-check"
import { describe, expect, test } from "vitest"

import { countEndedTurns, sumMonthTokens } from "#db/queries/usage.ts"
import { createLog } from "#lib/log.ts"
import type { StepPart } from "#lib/models/step.ts"
import { interruptTurn } from "#lib/turns/control/interrupt-turn.ts"
import { countTurns } from "#lib/turns/upkeep/count-turns.ts"
import { settleEndedTurns } from "#lib/turns/upkeep/housekeeping.ts"

import { collect, finishPart, say, submitText } from "../../../support/studio.ts"
import { useTestStudio } from "../../../support/use-test-studio.ts"
import { waitFor } from "../../../support/wait-for.ts"

const studio = useTestStudio()

/** Text that could break PostgreSQL, JSON or an SSE line. */
const hostileText = fc.string({
  unit: fc.oneof(
    fc.constantFrom("\0", "\ud800", "\udc00", "\u2028", "\r\n", '"', "\\", "{}", "🙂"),
    fc.string({ unit: "binary", minLength: 1, maxLength: 1 }),
  ),
})

interface Said {
  input: unknown
  output: unknown
  cost: unknown
  model: unknown
}

/** A model server's numbers, beyond the declared types. */
function finishSaying({ input, output, cost, model }: Said): StepPart {
  const usage = { model, inputTokens: input, outputTokens: output, costUsd: cost }
  return { type: "finish", reason: "end", usage } as StepPart
}

/** Makes PostgreSQL refuse matching rows, for a reason that is not an outage. */
async function refuseWhere(table: string, condition: string) {
  await studio.db.$client.unsafe(`
    create function refuse_${table}() returns trigger language plpgsql as $$
    begin
      if ${condition} then raise 'out of range' using errcode = '22003'; end if;
      return new;
    end $$;
    create trigger refuse before insert or update on ${table}
      for each row execute function refuse_${table}();`)
}

async function findTurn(turnId: string) {
  const [turn] = await studio.db.$client<Record<string, unknown>[]>`
    select attempt, crashes, status, outcome, error_code, input_tokens, output_tokens, cost_usd,
      folded_at is not null as is_settled, counted_at is not null as is_counted
    from turns where id = ${turnId}`
  return turn ?? {}
}

describe("whatever a model server returns, the turn ends in its first attempt and the queue continues", () => {
  const number = fc.oneof(
    fc.constantFrom<unknown>(1.5, 1e19, -5, NaN, Infinity, 2 ** 53, "1", "1e999", null, undefined),
    fc.double(),
    fc.nat(),
    fc.anything({ maxDepth: 1 }),
  )

  test("usage of any kind", { timeout: 120_000 }, async () => {
    const runtime = await studio.start()
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            input: number,
            output: number,
            cost: number,
            model: fc.oneof(fc.constant("test/m"), hostileText, fc.anything({ maxDepth: 1 })),
            text: hostileText,
          }),
          { minLength: 4, maxLength: 4 },
        ),
        async (answers) => {
          const conversationId = await studio.createConversation()
          const queue = [...answers]
          studio.script(function* () {
            const next = queue.shift()
            if (next === undefined) return yield* say("and on")
            yield { type: "text", text: `. ${next.text}` }
            yield finishSaying(next)
          })
          const seen = collect(studio, runtime, conversationId)
          const turnIds: string[] = []
          for (const _ of [...answers, null]) {
            const { turnId } = await submitText(studio, runtime, conversationId, "go")
            turnIds.push(turnId)
          }
          for (const turnId of turnIds) await seen.done(turnId)
          for (const turnId of turnIds) {
            expect(await findTurn(turnId)).toMatchObject({ attempt: 1, outcome: "end" })
          }
          for (const { event, data } of seen.events) {
            if (event !== "token_usage") continue
            for (const tokens of [data["input_tokens"], data["output_tokens"]]) {
              const isCount = Number.isSafeInteger(tokens) && Number(tokens) >= 0
              expect(tokens === null || isCount).toBe(true)
            }
          }
          seen.reader.close()
        },
      ),
      { numRuns: 12 },
    )
    const log = createLog("silent")
    while ((await settleEndedTurns(studio.db, log)) > 0);
    while ((await countEndedTurns(studio.db)) > 0);
    const [left] = await studio.db.$client`
      select count(*)::int as count from turns where folded_at is null or counted_at is null`
    expect(left).toEqual({ count: 0 })
    expect(await sumMonthTokens(studio.db, studio.principal.tenantId)).toBeGreaterThanOrEqual(0)
  })

  test("invalid usage journaled by an earlier version does not block a later attempt", async () => {
    const web = await studio.start({ role: "web" })
    const conversationId = await studio.createConversation()
    const { turnId } = await submitText(studio, web, conversationId, "go")
    const sql = studio.db.$client
    for (const [index, [kind, payload]] of [
      ["turn_started", { attempt: 1, keep_seq: 1 }],
      ["text_delta", { text: "Hello" }],
      ["token_usage", { model: "m", input_tokens: 1.5, output_tokens: 1e19, cost_usd: -1 }],
    ].entries()) {
      const seq = index + 2
      await sql`
        insert into journal (conversation_id, seq, first_seq, turn_id, attempt, direction, kind, payload)
        values (${conversationId}, ${seq}, ${seq}, ${turnId}, 1, 'outbound', ${kind as string},
          ${JSON.stringify({ turn_id: turnId, ...(payload as object) })}::text::json)`
    }
    await sql`update heads set last_seq = 4 where conversation_id = ${conversationId}`
    await sql`update turns set attempt = 1, started_at = now() where id = ${turnId}`
    await studio.start({ role: "driver" })
    const seen = collect(studio, web, conversationId)
    await seen.done(turnId)
    expect(await findTurn(turnId)).toMatchObject({ attempt: 2, outcome: "end", inputTokens: null })
  })
})

describe("an ending that PostgreSQL refuses", () => {
  test("is written without model-controlled parts", async () => {
    await refuseWhere("turns", "new.status = 'ended' and new.input_tokens is not null")
    studio.script(() => say("Hello."))
    const runtime = await studio.start()
    const conversationId = await studio.createConversation()
    const { turnId } = await submitText(studio, runtime, conversationId, "go")
    const seen = collect(studio, runtime, conversationId)
    await seen.done(turnId)
    expect(seen.events.at(-2)?.data).toMatchObject({ text: "Hello.", stop_reason: "end" })
    expect(await findTurn(turnId)).toMatchObject({
      attempt: 1,
      outcome: "end",
      inputTokens: null,
      outputTokens: null,
    })
  })

  test("becomes an error when that is refused as well, and the next message is answered", async () => {
    await refuseWhere("journal", "new.kind = 'final' and new.payload ->> 'text' = 'poison'")
    let said = "poison"
    studio.script(() => say(said))
    const runtime = await studio.start()
    const conversationId = await studio.createConversation()
    const { turnId } = await submitText(studio, runtime, conversationId, "go")
    const seen = collect(studio, runtime, conversationId)
    await seen.done(turnId)
    expect(seen.events.at(-2)).toMatchObject({ event: "error", data: { code: "event_rejected" } })
    expect(await findTurn(turnId)).toMatchObject({ attempt: 1, errorCode: "event_rejected" })
    said = "fine"
    const { turnId: next } = await submitText(studio, runtime, conversationId, "go on")
    await seen.done(next)
    expect(seen.events.at(-2)?.data).toMatchObject({ text: "fine" })
  })

  test("still ends a turn whose journal is unreadable", async () => {
    const web = await studio.start({ role: "web" })
    const conversationId = await studio.createConversation()
    const { turnId } = await submitText(studio, web, conversationId, "go")
    await studio.db.$client`
      update journal set payload = '"no object"' where conversation_id = ${conversationId}`
    await studio.db.$client`
      update journal set payload = 'null' where conversation_id = ${conversationId}`
    await studio.start({ role: "driver" })
    await expect
      .poll(async () => (await findTurn(turnId))["errorCode"], { timeout: 10_000 })
      .toBe("internal")
    expect(await findTurn(turnId)).toMatchObject({ attempt: 1 })
  })
})

describe("a Stop answered with stopped:true", () => {
  test.each([
    ["answer", () => say("Hello.")],
    [
      "failure",
      function* () {
        yield { type: "text", text: "Hello." } as const
        throw new Error("broken")
      },
    ],
  ])("ends a turn as interrupted, even between its last %s and its end", async (_name, step) => {
    let stopped: boolean | null = null
    studio.script(step)
    const web = await studio.start({ role: "web" })
    const conversationId = await studio.createConversation()
    const { turnId } = await submitText(studio, web, conversationId, "go")
    await studio.start({
      role: "driver",
      async failpoint(name) {
        if (name !== "turn.before_end" || stopped !== null) return
        const answer = await interruptTurn(web, studio.principal, { conversationId, turnId })
        stopped = answer.stopped
      },
    })
    const seen = collect(studio, web, conversationId)
    await seen.done(turnId)
    expect(stopped).toBe(true)
    expect(seen.events.at(-2)).toMatchObject({
      event: "final",
      data: { stop_reason: "interrupted", text: "Hello." },
    })
    // The mark applies to this turn only: the next one is answered.
    const { turnId: next } = await submitText(studio, web, conversationId, "and now")
    studio.script(() => say("Here."))
    await seen.done(next)
    expect(seen.events.at(-2)?.data).toMatchObject({ stop_reason: "end", text: "Here." })
  })

  test("ends a turn as interrupted when part of its ending was refused, with the text kept", async () => {
    await refuseWhere("journal", "new.kind = 'text_delta' and new.payload ->> 'text' = 'poison'")
    const web = await studio.start({ role: "web" })
    const conversationId = await studio.createConversation()
    const { turnId } = await submitText(studio, web, conversationId, "go")
    const reader = collect(studio, web, conversationId)
    const silent = { ...web, doorbell: { ring() {}, stop() {} } }
    studio.script(async function* () {
      yield { type: "text", text: "kept" }
      await waitFor(() => reader.keptText(turnId) === "kept", { timeoutMs: 10_000 })
      await interruptTurn(silent, studio.principal, { conversationId, turnId })
      yield { type: "text", text: "poison" }
      yield finishPart()
    })
    await studio.start({ role: "driver" })
    await reader.done(turnId)
    expect(reader.keptText(turnId)).toBe("kept")
    expect(reader.events.at(-2)).toMatchObject({
      event: "final",
      data: { stop_reason: "interrupted", text: "kept" },
    })
  })
})

describe("an ended turn that cannot be settled or counted", () => {
  test("does not block others", async () => {
    await refuseWhere("search_entries", "new.body = 'poison'")
    await refuseWhere("conversation_texts", "new.text like 'poison%'")
    studio.script((request) => {
      const message = request.history.at(-1)
      return say(message?.role === "user" ? message.text : "")
    })
    const runtime = await studio.start()
    const ended: string[] = []
    for (const text of ["poison", "fine"]) {
      const conversationId = await studio.createConversation()
      const { turnId } = await submitText(studio, runtime, conversationId, text)
      await collect(studio, runtime, conversationId).done(turnId)
      ended.push(turnId)
    }
    await studio.db.$client`
      update turns set input_tokens = ${"9223372036854775807"}::bigint, output_tokens = -5,
        cost_usd = 'Infinity', counted_at = null
      where id = any (${ended.slice(0, 1)}::uuid[])`
    const log = createLog("silent")
    while ((await settleEndedTurns(studio.db, log)) > 0);
    await countTurns(studio.db, log)
    for (const turnId of ended) {
      expect(await findTurn(turnId)).toMatchObject({ isSettled: true, isCounted: true })
    }
    const found = await studio.db
      .$client`select body from search_entries where turn_id = ${ended[1] ?? ""}`
    expect(found.map((row) => row["body"])).toEqual(["fine", "fine"])
    const [day] = await studio.db.$client`
      select turns, input_tokens from usage_days where tenant_id = ${studio.principal.tenantId}
      order by turns desc limit 1`
    expect(day).toEqual({ turns: 1, inputTokens: 1 })
  })

  test("is counted for a deleted conversation, as far as plausible", async () => {
    const runtime = await studio.start({ role: "web" })
    const conversationId = await studio.createConversation()
    const { turnId } = await submitText(studio, runtime, conversationId, "go")
    const sql = studio.db.$client
    for (const [seq, tokens] of [
      [2, 1.5],
      [3, 7],
    ] as const) {
      await sql`
        insert into journal (conversation_id, seq, first_seq, turn_id, attempt, kind, payload)
        values (${conversationId}, ${seq}, ${seq}, ${turnId}, 1, 'token_usage',
          ${JSON.stringify({ input_tokens: tokens, output_tokens: tokens })}::text::json)`
    }
    await sql`
      update turns set status = 'ended', outcome = 'deleted', started_at = now(), ended_at = now(),
        folded_at = now() where id = ${turnId}`
    expect(await countEndedTurns(studio.db)).toBe(1)
    expect(await sumMonthTokens(studio.db, studio.principal.tenantId)).toBe(14)
  })
})
