"use client"

import { DropdownMenu } from "radix-ui"
import { useRef, useState } from "react"

import { cn } from "./cn.ts"
import type { MenuEntry, OpenMenuProps } from "./menu-entries.ts"

const itemLook =
  "flex h-8 cursor-pointer items-center gap-2.5 rounded-2 px-2 outline-none select-none data-highlighted:bg-hover touch:h-11"

/** The open menu. */
export function OpenMenu({ trigger, entries, align = "end" }: OpenMenuProps) {
  const mark = useRef<HTMLSpanElement>(null)
  const pending = useRef<(() => void) | null>(null)
  const [isOpen, setOpen] = useState(true)
  return (
    <DropdownMenu.Root open={isOpen} onOpenChange={setOpen}>
      <span ref={mark} hidden />
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <Portal mark={mark}>
        <DropdownMenu.Content
          align={align}
          sideOffset={4}
          collisionPadding={8}
          className="rounded-3 border-line-strong bg-surface text-ui text-ink shadow-float z-50 min-w-44 border p-1"
          onCloseAutoFocus={(event) => {
            if (pending.current === null) return
            event.preventDefault()
            pending.current()
            pending.current = null
          }}
        >
          {entries().map((entry, index) => (
            // oxlint-disable-next-line react/no-array-index-key -- the list of a menu never changes
            <Entry key={index} entry={entry} onLater={(command) => (pending.current = command)} />
          ))}
        </DropdownMenu.Content>
      </Portal>
    </DropdownMenu.Root>
  )
}

/** Inside a modal dialog the menu must be its descendant: elements outside are inert. */
function Portal(props: { mark: React.RefObject<HTMLElement | null>; children: React.ReactNode }) {
  const [container, setContainer] = useState<HTMLElement | null | undefined>(undefined)
  const find = () => setContainer(props.mark.current?.closest("dialog") ?? null)
  if (container === undefined) return <span ref={(node) => void (node && find())} hidden />
  return <DropdownMenu.Portal container={container}>{props.children}</DropdownMenu.Portal>
}

function Entry(props: { entry: MenuEntry; onLater: (command: () => void) => void }) {
  const { entry } = props
  switch (entry.kind) {
    case "line":
      return <DropdownMenu.Separator className="my-1 border-t" />
    case "command":
      return (
        <DropdownMenu.Item
          className={cn(itemLook, entry.isDanger && "text-danger")}
          onSelect={() => (entry.movesFocus ? props.onLater(entry.onSelect) : entry.onSelect())}
        >
          {entry.icon} {entry.name}
        </DropdownMenu.Item>
      )
    case "choice":
      return (
        <DropdownMenu.RadioGroup value={entry.value} onValueChange={entry.onChoose}>
          <DropdownMenu.Label className="text-micro text-ink-3 px-2 pt-2 pb-1 font-medium">
            {entry.name}
          </DropdownMenu.Label>
          {entry.choices.map((choice) => (
            <DropdownMenu.RadioItem key={choice.value} value={choice.value} className={itemLook}>
              <span className="flex-1">{choice.name}</span>
              <DropdownMenu.ItemIndicator>✓</DropdownMenu.ItemIndicator>
            </DropdownMenu.RadioItem>
          ))}
        </DropdownMenu.RadioGroup>
      )
  }
}
