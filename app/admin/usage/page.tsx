import type { Metadata } from "next"
import Link from "next/link"

import { AdminHeader } from "#components/admin/admin-header.tsx"
import { count, shortCount, tokenWords } from "#components/admin/usage/amounts.ts"
import { BarChart } from "#components/admin/usage/bar-chart.tsx"
import { BudgetCard } from "#components/admin/usage/budget-card.tsx"
import { costOf, latencyWords, UsageTable } from "#components/admin/usage/usage-table.tsx"
import { AgentMark } from "#components/ui/agent-mark.tsx"
import { reportUsage } from "#lib/admin/report-usage.ts"
import { readBudget } from "#lib/budget/read-budget.ts"
import type { UsageGroup, UsageItem, UsageReport } from "#lib/protocol/usage.ts"
import { visibleText } from "#lib/transcript/visible-text.ts"

import { requireAdmin } from "../require-admin.ts"

export const metadata: Metadata = { title: "Usage" }

const spans = [7, 30, 90, 365] as const
const dayMs = 86_400_000

interface UsagePageProps {
  searchParams: Promise<Record<string, string | string[] | undefined>>
}

export default async function UsagePage({ searchParams }: UsagePageProps) {
  const { runtime, principal } = await requireAdmin()
  const { days } = await searchParams
  const span = spans.find((value) => String(value) === days) ?? 30
  const nowMs = runtime.clock.now()
  const from = new Date(nowMs - (span - 1) * dayMs).toISOString().slice(0, 10)
  const report = (by: UsageGroup) =>
    reportUsage(runtime.db, principal.tenantId, { from, to: undefined, by, nowMs })
  const [budget, byDay, byAgent, byUser] = await Promise.all([
    readBudget(runtime, principal, { nowMs }),
    report("day"),
    report("agent"),
    report("user"),
  ])
  return (
    <main id="main" tabIndex={-1} className="flex min-w-0 flex-1 flex-col outline-none">
      <AdminHeader title="Usage" note={`${byDay.from} to ${byDay.to}, days in UTC`}>
        <nav aria-label="Period" className="flex gap-1">
          {spans.map((value) => (
            <Link
              key={value}
              href={`/admin/usage?days=${value}`}
              aria-current={value === span ? "page" : undefined}
              aria-label={`${value} days`}
              className="text-ui text-ink-2 hover:bg-hover aria-[current=page]:bg-hover aria-[current=page]:text-ink rounded-2 touch:h-11 touch:min-w-11 inline-flex h-8 items-center justify-center px-2.5 whitespace-nowrap aria-[current=page]:font-medium"
            >
              {value}
              <span className="max-sm:hidden">&nbsp;days</span>
              <span className="sm:hidden">&nbsp;d</span>
            </Link>
          ))}
        </nav>
      </AdminHeader>
      <div className="min-h-0 flex-1 overflow-y-auto border-t px-6 pb-16 max-sm:px-4">
        <BudgetCard budget={budget} />
        {byDay.total.turns === 0 ? (
          <p className="text-ink-2 pt-16">No answers in this period.</p>
        ) : (
          <Report byDay={byDay} byAgent={byAgent} byUser={byUser} />
        )}
      </div>
    </main>
  )
}

function Report(props: { byDay: UsageReport; byAgent: UsageReport; byUser: UsageReport }) {
  const { byDay, byAgent, byUser } = props
  return (
    <>
      <Charts report={byDay} />
      <Section name="By agent">
        <UsageTable
          caption="Usage by agent"
          first="Agent"
          items={byAgent.items}
          nameOf={(item) => (
            <span className="flex items-center gap-2">
              <AgentMark agentId={item.key} size={12} className="text-ink-3" />
              {visibleText(item.name ?? "Gone")}
            </span>
          )}
        />
      </Section>
      <Section name="By person">
        <UsageTable
          caption="Usage by person"
          first="Person"
          items={byUser.items}
          nameOf={(item) => visibleText(item.name ?? "Gone")}
        />
      </Section>
      <Section name="By day">
        <UsageTable
          caption="Usage by day"
          first="Day"
          items={byDay.items.toReversed()}
          nameOf={(item) => <time dateTime={item.key}>{item.key}</time>}
        />
      </Section>
    </>
  )
}

function Section({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <section aria-label={name} className="mt-10">
      <h2 className="text-base font-semibold">{name}</h2>
      <div className="mt-2">{children}</div>
    </section>
  )
}

function Charts({ report }: { report: UsageReport }) {
  const { total } = report
  const days = everyDay(report)
  const bars = (value: (item: UsageItem) => number, words: (item: UsageItem) => string) =>
    days.map(({ key, item }) => ({
      key,
      value: item === null ? 0 : value(item),
      words: `${key}: ${item === null ? "nothing" : words(item)}`,
    }))
  const withPart = (
    list: ReturnType<typeof bars>,
    part: (item: UsageItem) => number,
  ): { key: string; value: number; words: string; part: number }[] =>
    list.map((bar, index) => {
      const item = days[index]?.item
      return { ...bar, part: item == null ? 0 : part(item) }
    })
  return (
    <div className="grid grid-cols-2 gap-x-12 gap-y-8 pt-6 max-md:grid-cols-1 xl:grid-cols-4">
      <BarChart
        title="Turns"
        figure={count(total.turns)}
        note={`${count(total.errors)} failed`}
        partLook="error"
        bars={withPart(
          bars(
            (item) => item.turns,
            (item) => `${count(item.turns)} turns, ${count(item.errors)} failed`,
          ),
          (item) => item.errors,
        )}
      />
      <BarChart
        title="Tokens"
        figure={tokenWords(
          total.input_tokens + total.output_tokens,
          total.turns_without_tokens,
          shortCount,
        )}
        note={tokenNote(total)}
        bars={withPart(
          bars((item) => item.input_tokens + item.output_tokens, tokensOf),
          (item) => item.output_tokens,
        )}
      />
      <BarChart
        title="Cost"
        figure={costOf(total)}
        note={
          total.turns_without_price === 0
            ? "every turn has a known price"
            : `${count(total.turns_without_price)} turns without a known price`
        }
        bars={bars((item) => item.cost_usd ?? 0, costOf)}
      />
      <BarChart
        title="Latency, 95 % within"
        figure={latencyWords(total.latency_p95_ms)}
        note={`half within ${latencyWords(total.latency_p50_ms)} (green)`}
        bars={withPart(
          bars(
            (item) => item.latency_p95_ms ?? 0,
            (item) =>
              `half within ${latencyWords(item.latency_p50_ms)}, 95 % within ${latencyWords(item.latency_p95_ms)}`,
          ),
          (item) => item.latency_p50_ms ?? 0,
        )}
      />
    </div>
  )
}

function tokenNote(total: UsageReport["total"]): string {
  const unmetered = total.turns_without_tokens
  const known = `${shortCount(total.input_tokens)} in, ${shortCount(total.output_tokens)} out (green)`
  if (unmetered === 0) return known
  return `${count(unmetered)} turns whose model did not say`
}

function tokensOf(item: UsageItem): string {
  const words = (tokens: number) => tokenWords(tokens, item.turns_without_tokens)
  return `${words(item.input_tokens)} in, ${words(item.output_tokens)} out`
}

/** Days without ended turns appear on the scale too. */
function everyDay(report: UsageReport): { key: string; item: UsageItem | null }[] {
  const items = new Map(report.items.map((item) => [item.key, item]))
  const length = (Date.parse(report.to) - Date.parse(report.from)) / dayMs + 1
  return Array.from({ length }, (_, index) => {
    const key = new Date(Date.parse(report.from) + index * dayMs).toISOString().slice(0, 10)
    return { key, item: items.get(key) ?? null }
  })
}
