import type { ComponentProps } from "react"

import { cn } from "./cn.ts"

const looks = {
  ink: "border-transparent bg-ink text-on-ink hover:bg-ink-2 disabled:bg-hover disabled:text-ink-3",
  line: "border-line-strong bg-surface hover:bg-hover disabled:text-ink-3",
  ghost:
    "border-transparent text-ink-2 hover:bg-hover hover:text-ink disabled:text-ink-3 disabled:hover:bg-transparent",
  danger: "border-transparent bg-danger text-on-danger disabled:opacity-60",
} as const

const sizes = {
  regular: "h-8 px-3",
  small: "h-7 px-2",
  large: "h-10 px-4 text-base",
  icon: "size-8",
  "icon-small": "size-7",
} as const

const base =
  "inline-flex flex-none items-center justify-center gap-1.5 rounded-2 border text-ui font-medium whitespace-nowrap transition-colors duration-(--t-fast) touch:min-h-11 touch:min-w-11"

interface ButtonProps extends ComponentProps<"button"> {
  look?: keyof typeof looks
  size?: keyof typeof sizes
}

export function Button({ look = "ghost", size = "regular", className, ...props }: ButtonProps) {
  return (
    <button type="button" className={cn(base, looks[look], sizes[size], className)} {...props} />
  )
}

interface IconButtonProps extends Omit<ButtonProps, "aria-label" | "title"> {
  /** Accessible name, also shown as tooltip. */
  label: string
}

export function IconButton({ label, size = "icon", ...props }: IconButtonProps) {
  return <Button aria-label={label} title={label} size={size} {...props} />
}
