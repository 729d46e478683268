"use client"

import type { ComponentProps } from "react"

import { lazyPart } from "#components/ui/lazy-part.tsx"

const TitleInput = lazyPart(async () => (await import("./title-input.tsx")).TitleInput)

/** What stands in the title's place while it is changed. */
export function RenameField(props: ComponentProps<typeof TitleInput>) {
  return <TitleInput {...props} fallback={<span className="touch:h-11 block h-9" />} />
}
