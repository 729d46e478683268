import type { ReactNode } from "react"

import { Field } from "#components/ui/field.tsx"
import type { ApiError } from "#lib/client/api/api.ts"

import { faultOf, NewPasswordField } from "./new-password-field.tsx"

interface NewPersonFieldsProps {
  failure: ApiError | null
  /** The e-mail field, placed between name and password. */
  email: ReactNode
}

/** The fields every new account fills in. */
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
      <NewPasswordField label="Password" failure={failure} />
    </>
  )
}
