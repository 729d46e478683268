import { setTimeout as sleep } from "node:timers/promises"

import { afterAll, beforeAll, expect, test } from "vitest"

import { createCluster, type Cluster, type ServerProcess } from "../../support/cluster.ts"
import { checkInvariants } from "../../support/invariants.ts"
import { play, type PlayedReply } from "../../support/model-script.ts"
import { oddReply } from "../../support/odd-replies.ts"
import { addAgent, addConversation } from "../../support/people.ts"
import { below, seededRandom } from "../../support/random.ts"
import { soakOptions } from "../../support/soak.ts"
import { waitFor } from "../../support/wait-for.ts"
import { wireFormats, type WireFormatStreams } from "../../support/wire-streams.ts"

/** `npm run soak -- providers` plays 500. */
const soak = soakOptions("providers", {
  short: { rounds: 8, seed: 20_261_201 },
  long: { rounds: 500 },
})
const atOnce = soak.isLong ? 6 : 4
const endLimitMs = 60_000
/** A machine that runs the whole suite at once is slow by itself. */
const stopLimitMs = soak.isLong ? 1_000 : 10_000
/** A model that requests tools with every answer is released after this many. */
const oddAnswersMax = 5

let cluster: Cluster
let server: ServerProcess
const agents = new Map<string, string>()
/** The model servers' answers, by message number. */
const replies = new Map<number, { wire: WireFormatStreams; reply: PlayedReply; played: number }>()

beforeAll(async () => {
  cluster = await createCluster()
  const { person, db, model } = cluster
  for (const { model: name } of wireFormats) {
    const slug = name.replace("/", "-")
    const id = await addAgent(db, person.tenantId, { slug })
    await db.$client`update agents set model = ${name} where id = ${id}`
    agents.set(name, id)
  }
  model.script((_, body) => {
    const asked = [...JSON.stringify(body).matchAll(/\[(odd|fine) (\d+)\]/g)].at(-1)
    const known = replies.get(Number(asked?.[2]))
    if (known === undefined) throw new Error("a request without a message of this test")
    const isOdd = asked?.[1] === "odd" && (known.played += 1) <= oddAnswersMax
    return [play(isOdd ? known.reply : { pieces: known.wire.whole("fine") })]
  })
  server = await cluster.start({
    settings: {
      OPENAI_API_KEY: "openai-key-1",
      OPENAI_BASE_URL: model.url,
      ANTHROPIC_API_KEY: "anthropic-key-1",
      ANTHROPIC_BASE_URL: model.url,
      STUDIO_SILENCE_SECONDS: "2",
      STUDIO_FIRST_BYTE_SECONDS: "10",
    },
  })
}, 120_000)

afterAll(() => cluster.stop())

/** Counters that must stay zero, by name, with the numbers of the offending replies. */
const wrong = new Map<string, string[]>()
const note = (what: string, about: string) => {
  wrong.set(what, [...(wrong.get(what) ?? []), about])
}
let stops = 0
let slowestStopMs = 0
const endings = new Map<string, number>()

test(
  `${soak.rounds} model servers that answer anything, seed ${soak.seed}: every turn ends, every next message is answered`,
  async () => {
    let next = 0
    const work = async () => {
      while (next < soak.rounds) {
        const round = next
        next += 1
        await Promise.all(wireFormats.map((wire, index) => converse(round * 3 + index, wire)))
      }
    }
    await Promise.all(Array.from({ length: atOnce }, work))
    await checkInvariants(cluster, server)
    process.stdout.write(
      `${soak.rounds * 3} conversations, ${stops} stopped, the slowest Stop after ${Math.round(slowestStopMs)} ms; ` +
        `endings ${JSON.stringify(Object.fromEntries(endings))}; wrong: ${JSON.stringify(Object.fromEntries(wrong))}\n`,
    )
    expect(Object.fromEntries(wrong)).toEqual({})
    expect(cluster.model.faults).toEqual([])
    expect(server.logs()).not.toMatch(/"level":(?:50|60)/)
  },
  soak.rounds * 10_000 + 120_000,
)

/** An odd answer, sometimes stopped, and the message after it. */
async function converse(number: number, wire: WireFormatStreams): Promise<void> {
  const random = seededRandom(soak.seed + number)
  const reply = oddReply(random, wire)
  replies.set(number, { wire, reply, played: 0 })
  const about = `${number} ${wire.model} ${JSON.stringify(reply).slice(0, soak.isLong ? 300 : 2_000)}`
  const agentId = agents.get(wire.model) ?? ""
  const id = await addConversation(cluster.db, cluster.person, agentId)
  const odd = await cluster.submit(server, id, { text: `[odd ${number}]` })
  const turnId = String(odd.body["turn_id"])
  if (random() < 0.25) await stop(id, turnId, below(random, 3_000), about)
  if (!(await hasEnded(turnId))) return note("a turn is stuck", about)
  const first = await endingOf(turnId)
  const name = first.kind === "error" ? first.payload["code"] : first.payload["stop_reason"]
  endings.set(String(name), (endings.get(String(name)) ?? 0) + 1)
  if (name === "internal" || name === "driver_crashed") note(`ended as ${name}`, about)
  const isSilent = first.kind === "final" && first.payload["text"] === ""
  if (isSilent && name === "end") note("an answer without text is a success", about)

  const fine = await cluster.submit(server, id, { text: `[fine ${number}]` })
  const fineId = String(fine.body["turn_id"])
  if (!(await hasEnded(fineId))) return note("the next turn is stuck", about)
  const { kind, payload } = await endingOf(fineId)
  if (kind !== "final" || payload["text"] !== "fine") {
    note("the next message is not answered", `${JSON.stringify(payload)} after ${about}`)
  }
}

async function stop(id: string, turnId: string, afterMs: number, about: string): Promise<void> {
  await sleep(afterMs)
  const startedMs = performance.now()
  const path = `/v1/api/conversations/${id}/interrupt`
  const answer = await cluster.request(server, "POST", path, { turn_id: turnId })
  if (answer.json["stopped"] !== true) return
  stops += 1
  const isEnded = await hasEnded(turnId)
  const tookMs = performance.now() - startedMs
  slowestStopMs = Math.max(slowestStopMs, tookMs)
  if (!isEnded || tookMs > stopLimitMs)
    note("a Stop was late", `${Math.round(tookMs)} ms, ${about}`)
}

async function hasEnded(turnId: string): Promise<boolean> {
  const deadline = performance.now() + endLimitMs
  while (performance.now() < deadline) {
    const [turn] = await cluster.db.$client<{ status: string }[]>`
      select status from turns where id = ${turnId}`
    if (turn?.status === "ended") return true
    await sleep(50)
  }
  return false
}

async function endingOf(turnId: string) {
  return await waitFor(async () => {
    const [row] = await cluster.db.$client<{ kind: string; payload: Record<string, unknown> }[]>`
      select kind, payload::jsonb from journal
      where turn_id = ${turnId} and kind in ('final', 'error') order by seq desc limit 1`
    return row ?? null
  })
}
