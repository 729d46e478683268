import { describe, expect, it } from "vitest"

import { evaluateExpression } from "#lib/models/tools/calculate.ts"

const { signal } = new AbortController()

describe("calculate", () => {
  it.each([
    ["2+2", "4"],
    ["0.1+0.2", "0.3"],
    ["12.5% of 80", "10"],
    ["sqrt(2)^2", "2"],
    ["20 degC to degF", "68 degF"],
    ["mean([1,2,3])", "2"],
  ])("evaluates %s", async (expression, value) => {
    expect(await evaluateExpression(expression, signal)).toBe(value)
  })

  it.each([
    "f(x)=x^2",
    "import({a:1})",
    'evaluate("1+1")',
    'parse("1")',
    'compile("1")',
    'parser().evaluate("1")',
    'createUnit("foo")',
    '"a".constructor',
    'chain(3).constructor("return 1")',
    'typed("f",{})',
    "sqrt",
    "2 +",
  ])("refuses %s", async (expression) => {
    await expect(evaluateExpression(expression, signal)).rejects.toThrow(
      /not available|plain expressions|expected|a function|end of expression/i,
    )
  })

  it("kills a slow evaluation and keeps working", async () => {
    const started = performance.now()
    await expect(evaluateExpression("sum(1:1e9)", signal)).rejects.toThrow("too long")
    expect(performance.now() - started).toBeLessThan(5_000)
    await expect(evaluateExpression("ones(20000,20000)", signal)).rejects.toThrow("too")
    expect(await evaluateExpression("1+1", signal)).toBe("2")
  })

  it("evaluates many in parallel, each with its own result", async () => {
    const values = await Promise.all(
      Array.from({ length: 20 }, (_, index) => evaluateExpression(`${index}*2`, signal)),
    )
    expect(values).toEqual(Array.from({ length: 20 }, (_, index) => `${index * 2}`))
  })

  it("stops at once when its turn is stopped", async () => {
    const stop = new AbortController()
    const ended = evaluateExpression("sum(1:1e9)", stop.signal)
    stop.abort(new Error("stopped"))
    await expect(ended).rejects.toThrow("stopped")
    expect(await evaluateExpression("1+1", signal)).toBe("2")
  })
})
