"use client"

import { Field } from "#components/ui/field.tsx"

import { AccountForm } from "./account-form.tsx"
import { NewPersonFields } from "./new-person-fields.tsx"

/** The invitation's address is shown for the reader and their password manager; it is not sent. */
export function InvitationForm({ secret, email }: { secret: string; email: string }) {
  return (
    <AccountForm
      action="/api/invite"
      next="/"
      submit="Create my account"
      submitting="Creating the account…"
    >
      {(failure) => (
        <>
          <input type="hidden" name="secret" value={secret} />
          <NewPersonFields
            failure={failure}
            email={
              <Field label="E-mail" type="email" autoComplete="username" value={email} readOnly />
            }
          />
        </>
      )}
    </AccountForm>
  )
}
