"use client"

import { ConfirmDialog } from "#components/ui/confirm-dialog.tsx"
import type { PersonItem } from "#lib/protocol/people.ts"

import { ErasePersonDialog } from "./erase-person-dialog.tsx"
import { LinkDialog } from "./link-dialog.tsx"

/** The open dialog about a person. */
export type PersonDialog = { kind: "disable" } | { kind: "erase" } | { kind: "reset"; url: string }

interface PersonDialogsProps {
  person: PersonItem
  opened: PersonDialog | null
  onDisable: () => Promise<void>
  onErased: () => void
  onClose: () => void
}

export function PersonDialogs(props: PersonDialogsProps) {
  const { person, opened, onClose } = props
  switch (opened?.kind) {
    case undefined:
      return null
    case "reset":
      return (
        <LinkDialog
          email={person.email}
          url={opened.url}
          life="Valid for 24 hours, single use"
          onClose={onClose}
        >
          Anyone who has it can set a new password and sign in as {person.name}, so send it only to
          them. It can’t be shown again; a new link replaces it.
        </LinkDialog>
      )
    case "erase":
      return <ErasePersonDialog person={person} onErased={props.onErased} onClose={onClose} />
    case "disable":
      return (
        <ConfirmDialog
          title={`Disable ${person.name}?`}
          keep="Keep enabled"
          act="Disable"
          acting="Disabling…"
          onAct={props.onDisable}
          onClose={onClose}
        >
          They are signed out everywhere within a second, and their tokens are refused. Their
          conversations are kept, they see a notice to ask an administrator, and you can enable them
          again.
        </ConfirmDialog>
      )
  }
}
