"use client"

import { Field } from "#components/ui/field.tsx"

import { AccountForm } from "./account-form.tsx"

export function SignInForm({ next }: { next: string }) {
  return (
    <AccountForm
      action="/api/auth/sign-in/email"
      next={next}
      submit="Sign in"
      submitting="Signing in…"
    >
      {() => (
        <>
          <Field label="E-mail" name="email" type="email" autoComplete="username" required />
          <Field
            label="Password"
            name="password"
            type="password"
            autoComplete="current-password"
            required
          />
          <label className="text-ui touch:min-h-11 flex items-center gap-2.5">
            <input type="checkbox" name="keep" value="true" className="accent-accent size-4" />
            Keep me signed in for 30 days
          </label>
        </>
      )}
    </AccountForm>
  )
}
