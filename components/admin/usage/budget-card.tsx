"use client"

import { useRouter } from "next/navigation"
import { useState } from "react"

import { Button } from "#components/ui/button.tsx"
import { cn } from "#components/ui/cn.ts"
import { lazyPart } from "#components/ui/lazy-part.tsx"
import type { Budget } from "#lib/protocol/budget.ts"

import { count } from "./amounts.ts"

const BudgetDialog = lazyPart(async () => (await import("./budget-dialog.tsx")).BudgetDialog)

/** This month's token usage, and the limit at which messages are refused. */
export function BudgetCard({ budget }: { budget: Budget }) {
  const router = useRouter()
  const [isOpen, setOpen] = useState(false)
  const { monthly_token_limit: limit, used_tokens: used } = budget
  const isSpent = limit !== null && used >= limit
  const resets = new Date(budget.resets_at).toLocaleDateString("en", {
    month: "long",
    day: "numeric",
    timeZone: "UTC",
  })
  return (
    <section
      aria-label="Budget"
      className="rounded-3 mt-6 flex items-center gap-x-6 gap-y-3 border px-4 py-3 max-sm:flex-wrap"
    >
      <div className="min-w-0 flex-1 max-sm:basis-full">
        <h2 className="text-micro text-ink-3 font-medium">Tokens this month</h2>
        <p className="mt-0.5 tabular-nums">
          <span className="text-h2 font-semibold">{count(used)}</span>{" "}
          {limit === null ? "without a limit" : `of ${count(limit)}`}
        </p>
        {limit !== null && (
          <div
            // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role -- the tag takes no look of ours
            role="meter"
            aria-label="Used of the limit"
            aria-valuemin={0}
            aria-valuemax={limit}
            aria-valuenow={Math.min(used, limit)}
            aria-valuetext={`${count(used)} of ${count(limit)}`}
            className="bg-hover mt-2 h-1.5 max-w-md overflow-hidden rounded-full"
          >
            <div
              className={cn("h-full", isSpent ? "bg-trace-error" : "bg-trace-tool")}
              style={{ width: `${limit === 0 ? 100 : Math.min(100, (100 * used) / limit)}%` }}
            />
          </div>
        )}
        <p className={cn("text-ui mt-1.5", isSpent ? "text-danger" : "text-ink-3")}>
          {isSpent
            ? `Used up: new messages are refused until ${resets} (UTC), or until the limit is raised.`
            : `Resets on ${resets} (UTC).`}
        </p>
      </div>
      <Button look="line" onClick={() => setOpen(true)}>
        {limit === null ? "Set a limit" : "Change the limit"}
      </Button>
      {isOpen && (
        <BudgetDialog
          limit={limit}
          onSaved={() => {
            setOpen(false)
            router.refresh()
          }}
          onClose={() => setOpen(false)}
        />
      )}
    </section>
  )
}
