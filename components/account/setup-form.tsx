"use client"

import { Field } from "#components/ui/field.tsx"

import { AccountForm } from "./account-form.tsx"

export function SetupForm({ asksForCode }: { asksForCode: boolean }) {
  return (
    <AccountForm
      action="/api/setup"
      next="/"
      submit="Create the owner account"
      submitting="Creating the account…"
    >
      {(failure) => {
        const faultOf = (field: string) => (failure?.field === field ? failure.message : null)
        return (
          <>
            <Field
              label="Your name"
              name="name"
              autoComplete="name"
              maxLength={100}
              required
              error={faultOf("name")}
            />
            <Field
              label="E-mail"
              name="email"
              type="email"
              autoComplete="username"
              required
              error={faultOf("email")}
            />
            <Field
              label="Password"
              name="password"
              type="password"
              autoComplete="new-password"
              minLength={8}
              maxLength={256}
              required
              hint="At least 8 characters. A sentence works well."
              error={faultOf("password")}
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
                error={faultOf("code")}
              />
            )}
          </>
        )
      }}
    </AccountForm>
  )
}
