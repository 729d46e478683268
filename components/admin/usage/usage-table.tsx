import type { ReactNode } from "react"

import { turnTime } from "#components/chat/turn/format.ts"
import type { UsageItem } from "#lib/protocol/usage.ts"

import { costWords, count, tokenWords } from "./amounts.ts"

interface UsageTableProps {
  caption: string
  first: string
  items: readonly UsageItem[]
  nameOf: (item: UsageItem) => ReactNode
}

const headLook =
  "text-micro text-ink-3 h-8 border-b px-3 text-right font-medium whitespace-nowrap first:pl-0 first:text-left last:pr-0"
const cellLook = "h-9 border-b px-3 text-right whitespace-nowrap last:pr-0"

/** Usage totals as a table. */
export function UsageTable({ caption, first, items, nameOf }: UsageTableProps) {
  return (
    <section
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls by keyboard
      tabIndex={0}
      aria-label={caption}
      className="overflow-x-auto"
    >
      <table className="text-ui w-full border-collapse tabular-nums">
        <caption className="sr-only">{caption}</caption>
        <thead>
          <tr>
            {[
              first,
              "Turns",
              "Errors",
              "Tokens in",
              "Tokens out",
              "Cost",
              "Half within",
              "95 % within",
            ].map((name) => (
              <th key={name} scope="col" className={headLook}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {items.map((item) => (
            <tr key={item.key} className="hover:bg-sunken">
              <th
                scope="row"
                className="h-9 max-w-64 truncate border-b pr-3 text-left font-normal whitespace-nowrap"
              >
                {nameOf(item)}
              </th>
              <td className={cellLook}>{count(item.turns)}</td>
              <td className={`${cellLook} ${item.errors > 0 ? "text-danger" : "text-ink-3"}`}>
                {count(item.errors)}
              </td>
              <td className={cellLook}>
                {tokenWords(item.input_tokens, item.turns_without_tokens)}
              </td>
              <td className={cellLook}>
                {tokenWords(item.output_tokens, item.turns_without_tokens)}
              </td>
              <td className={cellLook}>{costOf(item)}</td>
              <td className={cellLook}>{latencyWords(item.latency_p50_ms)}</td>
              <td className={cellLook}>{latencyWords(item.latency_p95_ms)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

export function costOf(item: { cost_usd: number | null; turns_without_price: number }): string {
  return costWords(item.cost_usd ?? 0, item.turns_without_price)
}

export function latencyWords(ms: number | null): string {
  return ms === null ? "not known" : turnTime(ms)
}
