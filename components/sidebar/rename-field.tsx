"use client"

import { lazy, Suspense, type ComponentProps } from "react"

const TitleInput = lazy(async () => ({ default: (await import("./title-input.tsx")).TitleInput }))

/** What stands in the title's place while it is changed; few pages ever load it. */
export function RenameField(props: ComponentProps<typeof TitleInput>) {
  return (
    <Suspense fallback={<span className="touch:h-11 block h-9" />}>
      <TitleInput {...props} />
    </Suspense>
  )
}
