import type { ReactNode } from "react"

import { Logo } from "#components/ui/logo.tsx"

import { DayOfTraces } from "./day-of-traces.tsx"

/** Two columns from 1024 px: the form, and the product's mark. */
export function AccountPage({ children }: { children: ReactNode }) {
  return (
    <div className="grid min-h-dvh lg:grid-cols-2">
      <main className="flex flex-col px-6 py-6 sm:px-16 sm:py-10">
        <p className="flex items-center gap-2 font-semibold">
          <Logo /> Studio
        </p>
        <div className="mx-auto my-auto w-full max-w-[360px] py-10">{children}</div>
        <p className="text-micro text-ink-3">Self-hosted. Your data stays on this server.</p>
      </main>
      <aside
        aria-hidden="true"
        className="bg-sunken flex flex-col justify-center border-l px-16 max-lg:hidden xl:px-24"
      >
        <DayOfTraces />
      </aside>
    </div>
  )
}
