"use client"

import { useState } from "react"

import { useStudio } from "#components/studio/studio-context.tsx"
import { notify } from "#components/ui/notify.ts"
import { isApiError } from "#lib/client/api/api.ts"

/** Replaces the title while it is edited: Enter and blur save, Esc cancels. */
export function TitleInput(props: { id: string; title: string; onDone: () => void }) {
  const { list } = useStudio()
  const [text, setText] = useState(props.title)
  const save = () => {
    props.onDone()
    if (text === props.title) return
    list.rename(props.id, text).catch((error: unknown) => {
      if (!isApiError(error)) throw error
      void notify(`Not renamed. ${error.message}`)
    })
  }
  return (
    <input
      // oxlint-disable-next-line jsx-a11y/no-autofocus -- it replaces the row whose menu was used
      autoFocus
      aria-label="Title of the conversation"
      maxLength={200}
      value={text}
      className="rounded-2 border-line-control bg-surface text-ui touch:h-11 touch:text-read h-9 w-full border px-2"
      onFocus={(event) => event.target.select()}
      onChange={(event) => setText(event.target.value)}
      onBlur={save}
      onKeyDown={(event) => {
        if (event.nativeEvent.isComposing) return
        if (event.key === "Enter") event.currentTarget.blur()
        if (event.key === "Escape") {
          event.preventDefault()
          props.onDone()
        }
      }}
    />
  )
}
