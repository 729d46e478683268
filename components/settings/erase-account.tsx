"use client"

import { useState } from "react"

import { EraseDialog } from "#components/people/erase-dialog.tsx"
import { useStudio } from "#components/studio/studio-context.tsx"
import { Button } from "#components/ui/button.tsx"
import { Field } from "#components/ui/field.tsx"
import { eraseMe } from "#lib/client/api/account.ts"
import { forgetPerson } from "#lib/client/outbox/forget-person.ts"

/** Erases the viewer's own account and this browser's local data of it. */
export function EraseAccount({ hasPassword }: { hasPassword: boolean }) {
  const { user } = useStudio()
  const [isAsking, setAsking] = useState(false)
  const [password, setPassword] = useState("")
  const erase = async () => {
    await eraseMe(hasPassword ? password : null)
    await forgetPerson(user.id)
    window.location.assign("/sign-in?erased=1")
  }
  return (
    <>
      <Button look="line" className="max-sm:w-full" onClick={() => setAsking(true)}>
        Erase my account…
      </Button>
      {isAsking && (
        <EraseDialog
          title="Erase your account?"
          keep="Keep my account"
          isOwn
          field="current_password"
          isReady={!hasPassword || password !== ""}
          onErase={erase}
          onClose={() => setAsking(false)}
        >
          {(fault) =>
            hasPassword ? (
              <Field
                label="Your password"
                type="password"
                autoComplete="current-password"
                required
                maxLength={256}
                value={password}
                error={fault}
                onChange={(event) => setPassword(event.currentTarget.value)}
              />
            ) : (
              <p className="text-ui text-ink-2">
                You have no password here, so this is possible within 15 minutes of signing in.
              </p>
            )
          }
        </EraseDialog>
      )}
    </>
  )
}
