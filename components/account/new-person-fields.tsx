import type { ReactNode } from "react"

import { Field } from "#components/ui/field.tsx"
import type { ApiError } from "#lib/client/api.ts"

interface NewPersonFieldsProps {
  failure: ApiError | null
  /** The field between name and password. */
  email: ReactNode
}

/** What everybody says of themselves who gets an account. */
export function NewPersonFields({ failure, email }: NewPersonFieldsProps) {
  return (
    <>
      <Field
        label="Your name"
        name="name"
        autoComplete="name"
        maxLength={100}
        required
        error={faultOf(failure, "name")}
      />
      {email}
      <Field
        label="Password"
        name="password"
        type="password"
        autoComplete="new-password"
        minLength={8}
        maxLength={256}
        required
        hint="At least 8 characters. A sentence works well."
        error={faultOf(failure, "password")}
      />
    </>
  )
}

export function faultOf(failure: ApiError | null, field: string): string | null {
  return failure?.field === field ? failure.message : null
}
