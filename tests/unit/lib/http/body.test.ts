import { describe, expect, test } from "vitest"

import { readJsonBody } from "#lib/http/body.ts"
import type { Call } from "#lib/http/call.ts"
import { WebBody } from "#lib/http/read-web-body.ts"
import { limits } from "#lib/protocol/limits.ts"
import { BodyBudget } from "#lib/rates/body-budget.ts"
import type { Runtime } from "#lib/runtime.ts"

const json = { "content-type": "application/json" }

function callWith(body: BodyInit | null, headers: Record<string, string> = json): Call {
  // Fetch requires `duplex` for streams; the types lack it.
  const init = { method: "POST", body, duplex: "half" }
  const request = new Request("http://studio.test/", init)
  return {
    // Reading a body uses nothing of the runtime.
    runtime: {} as Runtime,
    mount: "front",
    method: "POST",
    path: "/",
    query: new URLSearchParams(),
    headers: { "content-length": "1", ...headers },
    body: new WebBody(request),
    requestId: "",
    remoteAddress: "",
    cameDirectly: () => false,
  }
}

const rules = (share = new BodyBudget().open("somebody")) => ({
  isOptional: false,
  bytesMax: limits.bodyBytesMax,
  share,
})

const read = (body: BodyInit | null, headers?: Record<string, string>) =>
  readJsonBody(callWith(body, headers), rules())

describe("accepts", () => {
  test("an object, with or without charset", async () => {
    expect(await read('{"a":1}')).toEqual({ a: 1 })
    const headers = { "content-type": "Application/JSON; charset=UTF-8" }
    expect(await read('{"a":1}', headers)).toEqual({ a: 1 })
  })

  test("`__proto__` without touching any prototype", async () => {
    await read('{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}')
    expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false)
  })

  test("an empty body, where it is optional", async () => {
    const call = callWith(null, { "content-length": "0" })
    expect(await readJsonBody(call, { ...rules(), isOptional: true })).toEqual({})
  })

  test("nothing beyond the route's own limit, and says it", async () => {
    const read = (bytes: number) =>
      readJsonBody(callWith(JSON.stringify({ a: "x".repeat(bytes) })), {
        ...rules(),
        bytesMax: 16 * 1024,
      })
    expect(await read(16_000)).toBeDefined()
    await expect(read(17_000)).rejects.toMatchObject({
      code: "too_large",
      message: "The body is larger than 16 KiB.",
    })
  })

  test("32 levels", async () => {
    await expect(read(`{"a":${"[".repeat(31)}${"]".repeat(31)}}`)).resolves.toBeDefined()
  })
})

describe("refuses as invalid_json", () => {
  const bodies = [
    "",
    "null",
    "[]",
    '"x"',
    "1",
    "true",
    '{"a":',
    '{"a":1,}',
    "{'a':1}",
    '{"a":NaN}',
    '{"a":Infinity}',
    '{"a":1} {"b":2}',
    '{"a":1} // comment',
    '\ufeff{"a":1}',
  ]
  test.each(bodies)("%j", async (body) => {
    await expect(read(body)).rejects.toMatchObject({ code: "invalid_json" })
  })

  test("bytes that are not UTF-8", async () => {
    const body = Buffer.concat([
      Buffer.from('{"a":"'),
      Buffer.from([0xc3, 0x28]),
      Buffer.from('"}'),
    ])
    await expect(read(body)).rejects.toMatchObject({ code: "invalid_json" })
  })

  test("without logging the body", async () => {
    const failure = await read('{"text":"my secret').catch((error: unknown) => error)
    expect(JSON.stringify(failure, Object.getOwnPropertyNames(failure))).not.toContain("secret")
  })
})

test("33 levels are too_deep, before any recursive parsing", async () => {
  const body = `{"a":${"[".repeat(32)}${"]".repeat(32)}}`
  await expect(read(body)).rejects.toMatchObject({ code: "too_deep" })
  await expect(read("[".repeat(500_000))).rejects.toMatchObject({ code: "too_deep" })
})

test.each([
  {},
  { "content-type": "text/plain" },
  { "content-type": "application/x-www-form-urlencoded" },
  { "content-type": "multipart/form-data; boundary=x" },
  { "content-type": "application/jsonp" },
  { "content-type": "application/json; charset=latin1" },
  { ...json, "content-encoding": "gzip" },
  { ...json, "content-encoding": "br" },
])("%j is an unsupported_media_type", async (headers) => {
  await expect(read('{"a":1}', headers)).rejects.toMatchObject({ code: "unsupported_media_type" })
})

test("large bodies are parsed one at a time, and other requests run in between", async () => {
  const body = JSON.stringify({ text: "a".repeat(300_000) })
  let turns = 0
  const count = () => {
    turns++
    counting = setImmediate(count)
  }
  let counting = setImmediate(count)
  const order: number[] = []
  const parsed = [0, 1, 2, 3].map(async (number) => {
    const object = await read(number === 1 ? `${body}}` : body).catch(() => null)
    order.push(number)
    return object === null
  })
  expect(await Promise.all(parsed)).toEqual([false, true, false, false])
  clearImmediate(counting)
  expect(order).toEqual([0, 1, 2, 3])
  expect(turns).toBeGreaterThanOrEqual(10)
})

describe("reserves a share of the body memory", () => {
  const budgetLimits = {
    personBytesMax: 3_000,
    processBytesMax: 5_000,
    smallReserveBytes: 1_000,
    smallBytesMax: 500,
  }
  const large = JSON.stringify({ text: "a".repeat(1_990) })
  const readWith = (budget: BodyBudget, user: string, body: string) => {
    const share = budget.open(user)
    return { share, body: readJsonBody(callWith(body), rules(share)) }
  }

  test("per person and in total, until the request is answered", async () => {
    const budget = new BodyBudget(budgetLimits)
    const first = readWith(budget, "ann", large)
    await first.body
    await expect(readWith(budget, "ann", large).body).rejects.toMatchObject({
      code: "rate_limited",
      retryAfterSeconds: 2,
    })
    const second = readWith(budget, "bob", large)
    await second.body
    await expect(readWith(budget, "eve", large).body).rejects.toMatchObject({ code: "unavailable" })
    // A small message is still accepted.
    const small = readWith(budget, "ann", '{"text":"hello"}')
    await small.body
    for (const { share } of [first, second, small]) share.release()
    await readWith(budget, "ann", large).body
  })

  test("an announced length reserves nothing, and is refused without free memory", async () => {
    const budget = new BodyBudget(budgetLimits)
    const share = budget.open("ann")
    const promise = () =>
      readJsonBody(callWith('{"a":1}', { ...json, "content-length": "2900" }), rules(share))
    await promise()
    expect(budget.bytes).toBe(7)
    budget.open("ann").add(400)
    await expect(promise()).rejects.toMatchObject({ code: "rate_limited" })
  })

  test("bodies refused or released twice leave no reservation", async () => {
    const budget = new BodyBudget(budgetLimits)
    const share = budget.open("ann")
    share.add(2_000)
    expect(() => share.add(2_000)).toThrow("too much")
    share.release()
    share.release()
    expect(budget.bytes).toBe(0)
  })
})

describe("counts received bytes", () => {
  const piece = new Uint8Array(1024 * 1024)

  function pieces(count: number): { stream: ReadableStream<Uint8Array>; taken: () => number } {
    let taken = 0
    const stream = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (taken === count) controller.close()
        else {
          taken += 1
          controller.enqueue(piece)
        }
      },
    })
    return { stream, taken: () => taken }
  }

  test("more than 16 MiB is too_large, whatever Content-Length says", async () => {
    const body = read(pieces(17).stream, { ...json, "content-length": "10" })
    await expect(body).rejects.toMatchObject({ code: "too_large" })
  })

  test("at most 4 MiB more is read and discarded", async () => {
    const { stream, taken } = pieces(1_000)
    await expect(read(stream)).rejects.toMatchObject({ code: "too_large" })
    expect(taken()).toBeLessThanOrEqual(23)
  })
})
