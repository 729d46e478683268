"use client"

import { useState } from "react"

import { Field } from "#components/ui/field.tsx"
import { erasePerson } from "#lib/client/api/people.ts"
import type { PersonItem } from "#lib/protocol/people.ts"
import { visibleText } from "#lib/transcript/visible-text.ts"

import { EraseDialog } from "./erase-dialog.tsx"

interface ErasePersonDialogProps {
  person: PersonItem
  onErased: () => void
  onClose: () => void
}

/** An owner erases another person; typing the name confirms it. */
export function ErasePersonDialog({ person, onErased, onClose }: ErasePersonDialogProps) {
  const [email, setEmail] = useState("")
  const [reason, setReason] = useState("")
  const erase = async () => {
    await erasePerson(person.id, { email, ...(reason.trim() === "" ? {} : { reason }) })
    onErased()
  }
  return (
    <EraseDialog
      title={`Erase ${visibleText(person.name)}?`}
      keep="Keep them"
      isOwn={false}
      field="email"
      isReady={email.trim().toLowerCase() === person.email}
      onErase={erase}
      onClose={onClose}
    >
      {(fault) => (
        <>
          <Field
            label="Reason, for the audit trail"
            hint="Optional. It’s kept permanently."
            autoComplete="off"
            maxLength={500}
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
          />
          <Field
            label="Their e-mail address, to confirm"
            hint={person.email}
            type="email"
            autoComplete="off"
            value={email}
            error={fault}
            onChange={(event) => setEmail(event.currentTarget.value)}
          />
        </>
      )}
    </EraseDialog>
  )
}
