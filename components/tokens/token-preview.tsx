import { Check, X } from "lucide-react"
import { useId } from "react"

import { ScreenReaderOnly } from "#components/ui/screen-reader-only.tsx"

import { abilitiesOf, limitsOf, type Access, type Choice } from "./access.ts"

/** Describes the token in plain words while it is being configured. */
export function TokenPreview(props: { access: Access; choices: readonly Choice[] }) {
  const { access, choices } = props
  const title = useId()
  const abilities = abilitiesOf(access)
  return (
    <section
      aria-live="polite"
      aria-labelledby={title}
      className="bg-sunken border-l p-6 max-sm:border-t max-sm:border-l-0 max-sm:p-4"
    >
      <h3 id={title} className="font-medium">
        This token will be able to
      </h3>
      {abilities.length === 0 && (
        <p className="text-ui text-ink-3 mt-3">do nothing yet: choose what it may.</p>
      )}
      <ul className="text-ui mt-3 space-y-2">
        {abilities.map((line) => (
          <li key={line} className="flex gap-2.5">
            <Check size={16} aria-hidden className="text-success mt-0.5 flex-none" />
            <span>
              <ScreenReaderOnly>Can: </ScreenReaderOnly>
              {line}
            </span>
          </li>
        ))}
      </ul>
      <h3 className="mt-6 font-medium">and never</h3>
      <ul className="text-ui mt-3 space-y-2">
        {limitsOf(access, choices).map((line) => (
          <li key={line} className="flex gap-2.5">
            <X size={16} aria-hidden className="text-ink-3 mt-0.5 flex-none" />
            <span className="text-ink-3">
              <ScreenReaderOnly>Cannot: </ScreenReaderOnly>
              {line}
            </span>
          </li>
        ))}
      </ul>
      <p className="text-ui text-ink-3 mt-6">
        It loses any of these the moment your own role does.
      </p>
    </section>
  )
}
