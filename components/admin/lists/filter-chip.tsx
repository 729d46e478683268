"use client"

import { Plus, X } from "lucide-react"

import { cn } from "#components/ui/cn.ts"
import { visibleText } from "#lib/transcript/visible-text.ts"

interface FilterChipProps {
  name: string
  value: string
  options: readonly { value: string; name: string }[]
  onChange: (value: string) => void
}

export const chipLook =
  "relative inline-flex h-7 flex-none items-center gap-1.5 rounded-2 border px-2 text-ui whitespace-nowrap touch:h-11 has-focus-visible:outline-2 has-focus-visible:outline-(--focus)"

/** One filter: a native select, styled as a chip; dashed while unset. */
export function FilterChip({ name, value, options, onChange }: FilterChipProps) {
  const chosen = options.find((option) => option.value === value)
  const isSet = value !== ""
  return (
    <span
      className={cn(
        chipLook,
        isSet ? "border-line-strong bg-surface" : "text-ink-3 hover:bg-hover border-dashed",
      )}
    >
      {name}
      {isSet && (
        <b className="max-w-40 truncate font-medium">{visibleText(chosen?.name ?? value)}</b>
      )}
      {!isSet && <Plus size={14} aria-hidden />}
      <select
        aria-label={name}
        value={value}
        className="absolute inset-0 w-full cursor-pointer opacity-0"
        onChange={(event) => onChange(event.target.value)}
      >
        <option value="">Any</option>
        {isSet && chosen === undefined && <option value={value}>{value}</option>}
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {visibleText(option.name)}
          </option>
        ))}
      </select>
      {isSet && <ClearButton name={name} onClear={() => onChange("")} />}
    </span>
  )
}

export function ClearButton({ name, onClear }: { name: string; onClear: () => void }) {
  return (
    <button
      type="button"
      aria-label={`Remove the filter ${name}`}
      title={`Remove the filter ${name}`}
      className="text-ink-3 hover:text-ink touch:size-8 relative grid size-5 place-items-center"
      onClick={onClear}
    >
      <X size={14} aria-hidden />
    </button>
  )
}
