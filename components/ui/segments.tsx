"use client"

import { useId } from "react"

import { cn } from "./cn.ts"

interface SegmentsProps<T extends string> {
  label: string
  describedBy?: string
  value: T
  /** `isZero` renders as unselected. */
  options: readonly { value: T; name: string; isZero?: boolean }[]
  onChange: (value: T) => void
}

/** A segmented control built from radio buttons. */
export function Segments<T extends string>(props: SegmentsProps<T>) {
  const name = useId()
  return (
    <fieldset
      aria-label={props.label}
      aria-describedby={props.describedBy}
      className="rounded-2 border-line-control bg-surface inline-flex flex-none overflow-hidden border"
    >
      {props.options.map((option) => (
        <label
          key={option.value}
          className={cn(
            "text-ui text-ink-2 touch:h-11 relative flex h-[30px] cursor-pointer items-center justify-center border-l px-[11px] whitespace-nowrap first:border-l-0 has-checked:font-medium has-focus-visible:outline-2 has-focus-visible:outline-offset-[-2px] has-focus-visible:outline-(--focus) max-sm:px-[7px]",
            option.isZero
              ? "has-checked:bg-hover has-checked:text-ink"
              : "has-checked:bg-ink has-checked:text-on-ink",
          )}
        >
          <input
            type="radio"
            name={name}
            className="absolute inset-0 cursor-pointer opacity-0"
            checked={option.value === props.value}
            onChange={() => props.onChange(option.value)}
          />
          {option.name}
        </label>
      ))}
    </fieldset>
  )
}
