"use client"

import { useState, type SubmitEvent } from "react"

import { Button } from "#components/ui/button.tsx"
import { Field } from "#components/ui/field.tsx"
import { renameMe } from "#lib/client/api/account.ts"
import { limits } from "#lib/protocol/limits.ts"

import { useSave } from "./use-save.ts"

export function NameForm({ name, email }: { name: string; email: string }) {
  const [value, setValue] = useState(name)
  const { failure, isBusy, save } = useSave("Your name is saved.")
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault()
    void save(() => renameMe(value))
  }
  const isSame = value.trim() === name || value.trim() === ""
  return (
    <form className="mt-4 space-y-4" onSubmit={submit}>
      <Field
        label="Name"
        autoComplete="name"
        required
        maxLength={limits.personNameCharactersMax}
        value={value}
        error={failure?.message ?? null}
        onChange={(event) => setValue(event.currentTarget.value)}
      />
      <Field
        label="E-mail"
        value={email}
        readOnly
        hint="You sign in with it. It cannot be changed."
      />
      <Button type="submit" look="line" disabled={isBusy || isSame}>
        {isBusy ? "Saving…" : "Save name"}
      </Button>
    </form>
  )
}
