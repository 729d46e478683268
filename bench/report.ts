import { median } from "./client/numbers.ts"

/** An upper bound on the ratio to the floor, or on the value when there is no floor. */
interface Target {
  kind: "at least" | "at most"
  value: number
  /** `ratio` to the floor, or the `value` itself. */
  of: "ratio" | "value"
}

export const atLeast = (value: number): Target => ({ kind: "at least", value, of: "ratio" })
export const atMost = (value: number): Target => ({ kind: "at most", value, of: "ratio" })
export const atMostValue = (value: number): Target => ({ kind: "at most", value, of: "value" })
export const atLeastValue = (value: number): Target => ({ kind: "at least", value, of: "value" })

interface Row {
  measure: string
  unit: string
  product: number
  /** Every round's value, in order. */
  productRounds: readonly number[]
  floor: number | null
  floorName: string | null
  floorRounds: readonly number[]
  /** The median of the rounds' ratios: both sides of a ratio ran within seconds of each other. */
  ratio: number | null
  target: string | null
  isMet: boolean | null
  /** The value of another checkout. */
  against: number | null
}

interface Comparison {
  measure: string
  unit: string
  product: readonly number[]
  floor?: readonly number[]
  floorName?: string
  target?: Target | null
  against?: readonly number[]
}

/** Collects the results of a run. */
export class Report {
  readonly rows: Row[] = []
  readonly #remembered = new Map<string, number>()

  compare(comparison: Comparison): void {
    const { measure, unit, product, floor = [], floorName = null, target = null } = comparison
    const ratios = product.map((value, round) => value / (floor[round] ?? floor[0] ?? Number.NaN))
    const ratio = floor.length === 0 ? null : median(ratios)
    const value = target?.of === "ratio" ? ratio : median(product)
    const against = comparison.against ?? []
    this.rows.push({
      measure,
      unit,
      product: median(product),
      productRounds: product,
      floor: floor.length === 0 ? null : median(floor),
      floorName,
      floorRounds: floor,
      ratio,
      target: target === null ? null : textOf(target),
      isMet: target === null || value === null ? null : meets(target, value),
      against: against.length === 0 ? null : median(against),
    })
    const row = this.rows.at(-1)
    if (row !== undefined) console.log(lineOf(row))
  }

  remember(name: string, value: number): void {
    this.#remembered.set(name, value)
  }

  recall(name: string): number {
    return this.#remembered.get(name) ?? Number.NaN
  }

  /** All rows as a Markdown table. */
  table(): string {
    const hasAgainst = this.rows.some((row) => row.against !== null)
    const head = ["measure", "unit", "product", "floor", "ratio", "target", "met"]
    if (hasAgainst) head.push("against")
    const lines = this.rows.map((row) => {
      const cells = [
        row.measure,
        row.unit,
        round(row.product),
        row.floor === null ? "" : `${round(row.floor)} (${row.floorName})`,
        row.ratio === null ? "" : round(row.ratio),
        row.target ?? "",
        row.isMet === null ? "" : row.isMet ? "yes" : "**no**",
      ]
      if (hasAgainst) cells.push(row.against === null ? "" : round(row.against))
      return cells
    })
    return [head, head.map(() => "---"), ...lines]
      .map((cells) => `| ${cells.join(" | ")} |`)
      .join("\n")
  }
}

function meets(target: Target, value: number): boolean {
  // Compare rounded values, as the table displays them.
  const shown = Number(round(value))
  return target.kind === "at least" ? shown >= target.value : shown <= target.value
}

function textOf(target: Target): string {
  const sign = target.kind === "at least" ? "≥" : "≤"
  return target.of === "ratio" ? `${sign} ${target.value} ×` : `${sign} ${target.value}`
}

function lineOf(row: Row): string {
  const floor =
    row.floor === null
      ? ""
      : `  ${row.floorName} ${round(row.floor)}  ratio ${round(row.ratio ?? 0)}`
  const verdict = row.target === null ? "" : `  (${row.target}: ${row.isMet ? "met" : "NOT met"})`
  const against = row.against === null ? "" : `  against ${round(row.against)}`
  return `${row.measure}, ${row.unit}: ${round(row.product)}${floor}${verdict}${against}`
}

function round(value: number): string {
  if (!Number.isFinite(value)) return "–"
  if (Math.abs(value) >= 100) return value.toFixed(0)
  if (Math.abs(value) >= 10) return value.toFixed(1)
  return value.toFixed(2)
}
