"use client"

import type { ComponentProps } from "react"

import { lazyPart } from "#components/ui/lazy-part.tsx"
import { visibleText } from "#lib/transcript/visible-text.ts"

const TitleInput = lazyPart(async () => (await import("./title-input.tsx")).TitleInput)

/** Replaces the title while it is edited. */
export function RenameField(props: ComponentProps<typeof TitleInput>) {
  return (
    <TitleInput
      {...props}
      fallback={
        <span className="text-ui touch:h-11 block h-9 truncate p-2">
          {visibleText(props.title)}
        </span>
      }
    />
  )
}
