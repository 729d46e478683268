import { Field } from "#components/ui/field.tsx"
import type { ApiError } from "#lib/client/api/api.ts"

interface NewPasswordFieldProps {
  label: string
  failure: ApiError | null
}

export function NewPasswordField({ label, failure }: NewPasswordFieldProps) {
  return (
    <Field
      label={label}
      name="password"
      type="password"
      autoComplete="new-password"
      minLength={8}
      maxLength={256}
      required
      hint="At least 8 characters. A sentence works well."
      error={faultOf(failure, "password")}
    />
  )
}

export function faultOf(failure: ApiError | null, field: string): string | null {
  return failure?.field === field ? failure.message : null
}
