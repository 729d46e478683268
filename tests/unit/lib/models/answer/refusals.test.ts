import { describe, expect, test } from "vitest"

import { CallFailure } from "#lib/models/answer/call-failure.ts"
import {
  afterRefusal,
  type Holds,
  isLeftOut,
  nothingLeftOut,
  Refusals,
} from "#lib/models/answer/refusals.ts"

const holds: Holds = { pictures: [["new"], ["old"]], reasoning: true, wordsBesideCalls: true }
const refused = (status: number, message: string) =>
  new CallFailure({ kind: "refused", status, body: { error: { message } } })
const after = (status: number, message: string, refusals = 0) =>
  afterRefusal(refused(status, message), "model_refused_request", holds, {
    leftOut: nothingLeftOut,
    refusals,
  })

describe("a refusal", () => {
  test.each([
    [400, "Invalid content type. image_url is only supported by certain models."],
    [400, "gemma-2 is not a multimodal model"],
    [400, "Image input is not enabled for this model"],
    [400, "This model does not support image input"],
    [500, "image input is not supported - hint: you may need to provide the mmproj"],
    [404, "No endpoints found that support image input"],
    [422, "Input should be a valid string: content"],
    [400, "Failed to deserialize: messages[1]: unknown variant `image_url`, expected `text`"],
    [400, "messages.1.content: invalid type: sequence, expected a string"],
    [400, "The model is text-only and cannot see vision inputs"],
  ])("%i %s is of all pictures", (status, message) => {
    expect(after(status, message)?.pictures).toBe("all")
  })

  test.each([
    [400, "Could not process image"],
    [400, "messages.0.content.1.image.source.base64: image exceeds 5 MB maximum"],
    [400, "You uploaded an unsupported image. Please make sure your image is valid."],
    [400, "At least one of the image dimensions exceed max allowed size: 8000 pixels"],
    [400, "Bad Request"],
    [422, "Unprocessable"],
  ])("%i %s is first attributed to the newest images", (status, message) => {
    expect(after(status, message)?.pictures).toEqual(new Set(["new"]))
    expect(after(status, message, 2)?.pictures).toEqual(new Set(["new", "old"]))
  })

  test("that names reasoning, or text beside calls, is attributed to those alone", () => {
    expect(after(400, "property 'reasoning_content' is unsupported")).toEqual({
      ...nothingLeftOut,
      reasoning: true,
    })
    const both = "Assistant message must have either content or tool_calls, but not both."
    expect(after(400, both)).toEqual({ ...nothingLeftOut, wordsBesideCalls: true })
  })

  test.each([
    [500, "Internal error"],
    [503, "overloaded"],
    [402, "no credit"],
  ])("%i %s is attributed to nothing in the request", (status, message) => {
    expect(after(status, message)).toBeNull()
  })

  test("about length, the key or a limit is attributed to nothing in the request", () => {
    const about = (code: Parameters<typeof afterRefusal>[1]) =>
      afterRefusal(refused(400, "image"), code, holds, { leftOut: nothingLeftOut, refusals: 0 })
    expect(about("context_too_long")).toBeNull()
    expect(about("model_unauthorized")).toBeNull()
    expect(about("model_rate_limited")).toBeNull()
  })

  test("of a request without such parts is attributed to nothing in it", () => {
    const none = { pictures: [], reasoning: false, wordsBesideCalls: false }
    const before = { leftOut: nothingLeftOut, refusals: 0 }
    const error = refused(400, "image input and reasoning are not supported")
    expect(afterRefusal(error, "model_refused_request", none, before)).toBeNull()
  })
})

test("a server's refusal is remembered for an hour, per model", () => {
  let now = 0
  const refusals = new Refusals(() => now)
  refusals.remember("a", { ...nothingLeftOut, pictures: "all" })
  expect(isLeftOut(refusals.of("a"), "x")).toBe(true)
  expect(isLeftOut(refusals.of("b"), "x")).toBe(false)
  now = 60 * 60_000
  expect(refusals.of("a")).toBe(nothingLeftOut)
})
