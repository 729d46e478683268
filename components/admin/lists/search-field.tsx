"use client"

import { Search } from "lucide-react"
import { useEffect, useRef, useState } from "react"

import { cn } from "#components/ui/cn.ts"

const typingMs = 350

interface SearchFieldProps {
  label: string
  value: string
  onChange: (value: string) => void
  className?: string
  charactersMax?: number
}

/** A text filter of a list; debounced, and applied at once with Enter. */
export function SearchField({ label, value, onChange, className, ...props }: SearchFieldProps) {
  const [typed, setTyped] = useState(value)
  const [known, setKnown] = useState(value)
  const timer = useRef<number | undefined>(undefined)
  // The address changed outside this field: a cleared filter, the back button.
  if (value !== known) {
    setKnown(value)
    setTyped(value)
  }
  useEffect(() => () => window.clearTimeout(timer.current), [])
  const send = (text: string) => {
    window.clearTimeout(timer.current)
    if (text.trim() === known) return
    setKnown(text.trim())
    onChange(text.trim())
  }
  return (
    <label
      className={cn(
        "rounded-2 border-line-control bg-surface touch:h-11 flex h-7 flex-none items-center gap-2 border px-2 has-focus-visible:outline-2 has-focus-visible:outline-(--focus) max-sm:w-44",
        className ?? "w-64",
      )}
    >
      <Search size={16} aria-hidden className="text-ink-3" />
      <input
        type="search"
        aria-label={label}
        placeholder={label}
        className="text-ui touch:text-read min-w-0 flex-1 bg-transparent outline-none"
        value={typed}
        maxLength={props.charactersMax ?? 1_000}
        onChange={(event) => {
          const text = event.target.value
          setTyped(text)
          window.clearTimeout(timer.current)
          timer.current = window.setTimeout(() => send(text), typingMs)
        }}
        onKeyDown={(event) => event.key === "Enter" && send(typed)}
      />
    </label>
  )
}
