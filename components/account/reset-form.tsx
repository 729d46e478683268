"use client"

import { Field } from "#components/ui/field.tsx"

import { AccountForm } from "./account-form.tsx"
import { NewPasswordField } from "./new-password-field.tsx"

/** The account's address is shown for the reader and their password manager; it is not sent. */
export function ResetForm({ secret, email }: { secret: string; email: string }) {
  return (
    <AccountForm
      action="/api/reset"
      next="/"
      submit="Set password and sign in"
      submitting="Setting the password…"
    >
      {(failure) => (
        <>
          <input type="hidden" name="secret" value={secret} />
          <Field label="E-mail" type="email" autoComplete="username" value={email} readOnly />
          <NewPasswordField label="New password" failure={failure} />
        </>
      )}
    </AccountForm>
  )
}
