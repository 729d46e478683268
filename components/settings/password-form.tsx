"use client"

import type { SubmitEvent } from "react"

import { Button } from "#components/ui/button.tsx"
import { Field } from "#components/ui/field.tsx"
import { Notice } from "#components/ui/notice.tsx"
import { changePassword } from "#lib/client/api/account.ts"

import { useSave } from "./use-save.ts"

export function PasswordForm({ email }: { email: string }) {
  const { failure, isBusy, save } = useSave("Your password is changed, other sessions have ended.")
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = event.currentTarget
    const fields = new FormData(form)
    const textOf = (name: string) => {
      const value = fields.get(name)
      return typeof value === "string" ? value : ""
    }
    void save(() => changePassword(textOf("current"), textOf("new"))).then(
      (isDone) => isDone && form.reset(),
    )
  }
  const faultOf = (field: string) => (failure?.field === field ? failure.message : null)
  return (
    <form className="mt-4 space-y-4" method="post" onSubmit={submit}>
      {failure !== null && failure.code !== "invalid_field" && <Notice>{failure.message}</Notice>}
      {/* Lets password managers match the account. */}
      <input type="hidden" autoComplete="username" value={email} readOnly />
      <Field
        label="Current password"
        name="current"
        type="password"
        autoComplete="current-password"
        required
        error={faultOf("current_password")}
      />
      <Field
        label="New password"
        name="new"
        type="password"
        autoComplete="new-password"
        minLength={8}
        maxLength={256}
        required
        hint="At least 8 characters. A sentence works well."
        error={faultOf("new_password")}
      />
      <Button type="submit" look="line" disabled={isBusy}>
        {isBusy ? "Changing…" : "Change password"}
      </Button>
    </form>
  )
}
