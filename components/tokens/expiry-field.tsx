"use client"

import { TriangleAlert } from "lucide-react"
import { useId, useState } from "react"

import { Field } from "#components/ui/field.tsx"
import { Segments } from "#components/ui/segments.tsx"
import { useTimeZone } from "#components/ui/use-time-zone.ts"
import { limits } from "#lib/protocol/limits.ts"

import { dateWords, endOf } from "./token-times.ts"

const choices = [
  { value: "7", name: "7 days" },
  { value: "30", name: "30 days" },
  { value: "60", name: "60 days" },
  { value: "90", name: "90 days" },
  { value: "custom", name: "Custom" },
  { value: "never", name: "Never" },
] as const

export interface Expiry {
  choice: (typeof choices)[number]["value"]
  /** Null = never. */
  days: number | null
}

export const firstExpiry: Expiry = { choice: "90", days: 90 }

interface ExpiryFieldProps {
  expiry: Expiry
  onChange: (expiry: Expiry) => void
}

export function ExpiryField({ expiry, onChange }: ExpiryFieldProps) {
  const note = useId()
  const timeZone = useTimeZone()
  const [openedAt] = useState(() => Date.now())
  const choose = (choice: Expiry["choice"]) => {
    if (choice === "never") onChange({ choice, days: null })
    else onChange({ choice, days: choice === "custom" ? (expiry.days ?? 365) : Number(choice) })
  }
  return (
    <div>
      <p className="text-ui mb-1.5 font-medium" aria-hidden="true">
        Expires
      </p>
      <div className="max-sm:-mx-4 max-sm:overflow-x-auto max-sm:px-4">
        <Segments
          label="Expires"
          describedBy={note}
          value={expiry.choice}
          options={choices}
          onChange={choose}
        />
      </div>
      {expiry.choice === "custom" && (
        <div className="mt-3 w-32">
          <Field
            label="Days"
            type="number"
            inputMode="numeric"
            required
            min={1}
            max={limits.tokenDaysMax}
            step={1}
            value={Number.isNaN(expiry.days) ? "" : (expiry.days ?? "")}
            onChange={(event) =>
              onChange({ choice: "custom", days: event.currentTarget.valueAsNumber })
            }
          />
        </div>
      )}
      <p id={note} aria-live="polite" className="text-ui text-ink-3 mt-1.5">
        {expiry.days === null ? (
          <span className="text-warning flex gap-1.5">
            <TriangleAlert size={16} aria-hidden className="mt-0.5 flex-none" />
            It works until someone revokes it. Anyone who finds it can use it indefinitely.
          </span>
        ) : isDays(expiry.days) ? (
          `Works until ${dateWords(endOf(expiry.days, openedAt), timeZone)}.`
        ) : (
          `1 to ${limits.tokenDaysMax} days.`
        )}
      </p>
    </div>
  )
}

function isDays(days: number): boolean {
  return Number.isInteger(days) && days >= 1 && days <= limits.tokenDaysMax
}
