"use client"

import { DropdownMenu } from "radix-ui"
import { useRef, useState, type ComponentProps, type ReactNode } from "react"

import { cn } from "./cn.ts"

/** A button that opens a short list of commands. */
export function Menu({
  trigger,
  children,
  align = "end",
  onClosed,
}: {
  trigger: ReactNode
  children: ReactNode
  align?: "start" | "end"
  /** Before the focus goes back to the trigger, unless this prevents it. */
  onClosed?: (event: Event) => void
}) {
  const mark = useRef<HTMLSpanElement>(null)
  const [container, setContainer] = useState<HTMLElement | null>(null)
  return (
    <DropdownMenu.Root
      // In a modal dialog the menu has to be a part of it: what lies outside cannot be reached.
      onOpenChange={() => setContainer(mark.current?.closest("dialog") ?? null)}
    >
      <span ref={mark} hidden />
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Portal container={container}>
        <DropdownMenu.Content
          align={align}
          sideOffset={4}
          collisionPadding={8}
          {...(onClosed === undefined ? {} : { onCloseAutoFocus: onClosed })}
          className="rounded-3 border-line-strong bg-surface text-ui text-ink shadow-float z-50 min-w-44 border p-1"
        >
          {children}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  )
}

const itemLook =
  "flex h-8 cursor-pointer items-center gap-2.5 rounded-2 px-2 outline-none select-none data-highlighted:bg-hover touch:h-11"

export function MenuItem({ className, ...props }: ComponentProps<typeof DropdownMenu.Item>) {
  return <DropdownMenu.Item className={cn(itemLook, className)} {...props} />
}

interface MenuChoiceProps {
  label: string
  value: string
  choices: readonly { value: string; name: string }[]
  onChoose: (value: string) => void
}

/** One of several, the chosen one ticked. */
export function MenuChoice({ label, value, choices, onChoose }: MenuChoiceProps) {
  return (
    <DropdownMenu.RadioGroup value={value} onValueChange={onChoose}>
      <DropdownMenu.Label className="text-micro text-ink-3 px-2 pt-2 pb-1 font-medium">
        {label}
      </DropdownMenu.Label>
      {choices.map((choice) => (
        <DropdownMenu.RadioItem key={choice.value} value={choice.value} className={itemLook}>
          <span className="flex-1">{choice.name}</span>
          <DropdownMenu.ItemIndicator>✓</DropdownMenu.ItemIndicator>
        </DropdownMenu.RadioItem>
      ))}
    </DropdownMenu.RadioGroup>
  )
}

export function MenuLine() {
  return <DropdownMenu.Separator className="my-1 border-t" />
}
