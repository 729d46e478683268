"use client"

import { useState } from "react"

import { Button } from "#components/ui/button.tsx"
import { Dialog } from "#components/ui/dialog.tsx"
import { Logo } from "#components/ui/logo.tsx"
import { Notices } from "#components/ui/notices.tsx"
import { notify } from "#components/ui/notify.ts"
import { Segments } from "#components/ui/segments.tsx"

import { Controls } from "./controls.tsx"
import { Marks } from "./marks.tsx"
import { Values } from "./values.tsx"

const views = [
  { value: "both", name: "Both" },
  { value: "light", name: "Light" },
  { value: "dark", name: "Dark" },
] as const

/** Every primitive of components/ui in each state, in light and dark. */
export function DesignPage() {
  const [view, setView] = useState<(typeof views)[number]["value"]>("both")
  const [isOpen, setOpen] = useState(false)
  const shown = (["light", "dark"] as const).filter((scheme) => view === "both" || view === scheme)
  return (
    <main className="mx-auto max-w-[1180px] px-6 py-8 max-sm:px-4">
      <header className="mb-6 flex flex-wrap items-center gap-3">
        <Logo />
        <h1 className="text-h1 flex-1 font-semibold">Design</h1>
        <Button look="line" onClick={() => setOpen(true)}>
          Open a dialog
        </Button>
        <Button
          look="line"
          onClick={() =>
            void notify("“Release notes” deleted", {
              action: { label: "Undo", onClick: () => void notify("It is back.") },
            })
          }
        >
          Show a notice
        </Button>
        <Segments label="Scheme" value={view} options={views} onChange={setView} />
      </header>
      <div className="grid gap-6 lg:auto-cols-fr lg:grid-flow-col">
        {shown.map((scheme) => (
          <section
            key={scheme}
            aria-label={scheme}
            data-theme={scheme}
            className="rounded-4 bg-paper text-ink min-w-0 space-y-8 border p-6 max-sm:p-4"
          >
            <Values />
            <Controls scheme={scheme} />
            <Marks />
          </section>
        ))}
      </div>
      {isOpen && (
        <Dialog
          labelledBy="example-name"
          className="my-auto w-[440px]"
          onClose={() => setOpen(false)}
        >
          <div className="p-6">
            <h2 id="example-name" className="text-h2 mb-2 font-semibold">
              Delete this conversation?
            </h2>
            <p className="text-ink-2 mb-5">It can be undone for six seconds.</p>
            <div className="flex justify-end gap-2">
              <Button look="line" data-first-focus onClick={() => setOpen(false)}>
                Keep it
              </Button>
              <Button look="danger" onClick={() => setOpen(false)}>
                Delete
              </Button>
            </div>
          </div>
        </Dialog>
      )}
      <Notices />
    </main>
  )
}
