"use client"

import { Field } from "#components/ui/field.tsx"

import { AccountForm } from "./account-form.tsx"
import { faultOf } from "./new-password-field.tsx"
import { NewPersonFields } from "./new-person-fields.tsx"

export function SetupForm({ asksForCode }: { asksForCode: boolean }) {
  return (
    <AccountForm
      action="/api/setup"
      next="/"
      submit="Create the owner account"
      submitting="Creating the account…"
    >
      {(failure) => (
        <>
          <NewPersonFields
            failure={failure}
            email={
              <Field
                label="E-mail"
                name="email"
                type="email"
                autoComplete="username"
                required
                error={faultOf(failure, "email")}
              />
            }
          />
          {asksForCode && (
            <Field
              label="Setup code"
              name="code"
              autoComplete="off"
              autoCapitalize="characters"
              spellCheck={false}
              required
              hint="The server printed it in its log when it started."
              error={faultOf(failure, "code")}
            />
          )}
        </>
      )}
    </AccountForm>
  )
}
