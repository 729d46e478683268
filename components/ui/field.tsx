import { useId, type ComponentProps } from "react"

interface FieldProps extends ComponentProps<"input"> {
  label: string
  hint?: string
  error?: string | null
}

/** A labelled input; screen readers announce its hint and error. */
export function Field({ label, hint, error, ...props }: FieldProps) {
  const id = useId()
  const note = error ?? hint
  return (
    <div>
      <label className="text-ui mb-1.5 block font-medium" htmlFor={id}>
        {label}
      </label>
      <input
        id={id}
        className="rounded-2 border-line-control bg-surface aria-invalid:border-danger read-only:bg-sunken read-only:text-ink-2 touch:h-11 touch:text-read h-9 w-full border px-2.5 focus-visible:outline-offset-[-1px]"
        aria-invalid={error != null}
        aria-describedby={note === undefined ? undefined : `${id}-note`}
        {...props}
      />
      {note !== undefined && (
        <p
          id={`${id}-note`}
          className={`text-ui mt-1.5 ${error == null ? "text-ink-3" : "text-danger"}`}
        >
          {note}
        </p>
      )}
    </div>
  )
}
