import fc from "fast-check"
import { describe, expect, test } from "vitest"

import { cleanUsage, unknownTotals, usageTotals } from "#lib/turns/drive/usage-numbers.ts"

const said = (input: unknown, output: unknown, cost: unknown = null) =>
  cleanUsage({ model: "m", input_tokens: input, output_tokens: output, cost_usd: cost })

describe("usage reported by a model server", () => {
  test.each([0, 1, 4_096, Number.MAX_SAFE_INTEGER])("%d tokens are accepted", (tokens) => {
    expect(said(tokens, 2)).toMatchObject({ input_tokens: tokens, output_tokens: 2 })
  })

  test.each([1.5, -5, -0.1, 1e19, 2 ** 53, Infinity, -Infinity, NaN, "7", "", {}, [3], true, null])(
    "%j is discarded, together with its cost",
    (tokens) => {
      expect(said(tokens, 2, 0.5)).toMatchObject({
        input_tokens: null,
        output_tokens: 2,
        cost_usd: null,
      })
    },
  )

  test("a missing half is unknown, never 0", () => {
    expect(said(undefined, 3)).toMatchObject({ input_tokens: null, output_tokens: 3 })
    expect(said(3, undefined)).toMatchObject({ input_tokens: 3, output_tokens: null })
    expect(Object.is(said(-0, 1).input_tokens, 0)).toBe(true)
  })

  test.each([-1, NaN, Infinity, 1e300, "1"])("a cost of %j is unknown", (cost) => {
    expect(said(1, 1, cost).cost_usd).toBeNull()
  })

  test("a sum with an unknown or inexact part is unknown", () => {
    const most = Number.MAX_SAFE_INTEGER
    expect(usageTotals([])).toEqual(unknownTotals)
    expect(usageTotals([said(1, 2, 0.5), said(3, 4, 0.25)])).toEqual({
      model: "m",
      inputTokens: 4,
      outputTokens: 6,
      costUsd: 0.75,
    })
    expect(usageTotals([said(1, 2), said(null, 4)])).toMatchObject({
      inputTokens: null,
      outputTokens: 6,
      costUsd: null,
    })
    expect(usageTotals([said(most, 1), said(1, 1)])).toMatchObject({ inputTokens: null })
  })

  test("is always storable", () => {
    const anything = fc.anything()
    fc.assert(
      fc.property(fc.array(fc.tuple(anything, anything, anything, anything)), (calls) => {
        const { model, inputTokens, outputTokens, costUsd } = usageTotals(
          calls.map(([name, input, output, cost]) =>
            cleanUsage({ model: name, input_tokens: input, output_tokens: output, cost_usd: cost }),
          ),
        )
        for (const tokens of [inputTokens, outputTokens]) {
          expect(tokens === null || (Number.isSafeInteger(tokens) && tokens >= 0)).toBe(true)
        }
        expect(costUsd === null || (costUsd >= 0 && costUsd <= 1e9)).toBe(true)
        expect(model === null || (model.isWellFormed() && !model.includes("\0"))).toBe(true)
      }),
    )
  })
})
