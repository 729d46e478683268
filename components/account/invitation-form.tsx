"use client"

import { Field } from "#components/ui/field.tsx"

import { AccountForm } from "./account-form.tsx"
import { NewPersonFields } from "./new-person-fields.tsx"

/** The address is that of the invitation: shown, and kept by password managers, not sent. */
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
