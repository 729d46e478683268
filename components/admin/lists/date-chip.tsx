"use client"

import { Plus } from "lucide-react"
import { useRef } from "react"

import { Button } from "#components/ui/button.tsx"
import { cn } from "#components/ui/cn.ts"

import { chipLook, ClearButton } from "./filter-chip.tsx"

interface DateChipProps {
  /** Label of the date range. */
  label: string
  from: string
  to: string
  onChange: (from: string, to: string) => void
}

/** A range of days (UTC), chosen in a small popover form. */
export function DateChip({ label, from, to, onChange }: DateChipProps) {
  const popover = useRef<HTMLFormElement>(null)
  const isSet = from !== "" || to !== ""
  return (
    <>
      <span
        className={cn(
          chipLook,
          isSet ? "border-line-strong bg-surface" : "text-ink-3 hover:bg-hover border-dashed",
        )}
      >
        <button
          type="button"
          popoverTarget="date-filter"
          className="flex h-full items-center gap-1.5 [anchor-name:--date-filter]"
        >
          Date {isSet && <b className="font-medium">{rangeWords(from, to)}</b>}
          {!isSet && <Plus size={14} aria-hidden />}
        </button>
        {isSet && <ClearButton name="Date" onClear={() => onChange("", "")} />}
      </span>
      <form
        ref={popover}
        id="date-filter"
        popover="auto"
        aria-label={label}
        className="rounded-3 border-line-strong bg-surface text-ink shadow-float fixed inset-auto [top:anchor(bottom)] [left:anchor(left)] mt-1 w-64 border p-4 [position-anchor:--date-filter]"
        onSubmit={(event) => {
          event.preventDefault()
          const fields = new FormData(event.currentTarget)
          popover.current?.hidePopover()
          onChange(textOf(fields.get("from")), textOf(fields.get("to")))
        }}
      >
        {(
          [
            ["from", "From", from],
            ["to", "To (inclusive)", to],
          ] as const
        ).map(([name, words, value]) => (
          <label key={name} className="text-ui mb-3 block font-medium">
            {words}
            <input
              key={value}
              type="date"
              name={name}
              defaultValue={value}
              className="rounded-2 border-line-control bg-surface touch:h-11 mt-1 block h-8 w-full border px-2 font-normal"
            />
          </label>
        ))}
        <div className="flex items-center justify-between">
          <span className="text-micro text-ink-3">Days in UTC</span>
          <Button type="submit" look="ink">
            Show
          </Button>
        </div>
      </form>
    </>
  )
}

function textOf(value: FormDataEntryValue | null): string {
  return typeof value === "string" ? value : ""
}

function rangeWords(from: string, to: string): string {
  const words = (day: string) =>
    new Date(day).toLocaleDateString("en", { month: "short", day: "numeric", timeZone: "UTC" })
  if (from !== "" && to !== "") return `${words(from)} to ${words(to)}`
  return from === "" ? `until ${words(to)}` : `since ${words(from)}`
}
