"use client"

import { useId } from "react"

import { Segments } from "#components/ui/segments.tsx"

import type { Access, Choice, Level } from "./access.ts"

interface AccessFieldsProps {
  access: Access
  choices: readonly Choice[]
  onChange: (access: Access) => void
}

/** One row per resource: None, Read, Read and write. */
export function AccessFields({ access, choices, onChange }: AccessFieldsProps) {
  const id = useId()
  return (
    <section aria-labelledby={id}>
      <h3 id={id} className="text-ui font-medium">
        Access
      </h3>
      <ul>
        {choices.map((choice) => (
          <li
            key={choice.id}
            className="flex items-center gap-x-4 gap-y-2 border-b py-2 last:border-0 max-sm:flex-wrap"
          >
            <span className="min-w-44 flex-1">
              <span className="block font-medium">{choice.name}</span>
              <span id={`${id}-${choice.id}`} className="text-ui text-ink-3 block">
                {choice.hint}
              </span>
            </span>
            <Segments
              label={choice.name}
              describedBy={`${id}-${choice.id}`}
              value={access[choice.id]}
              options={optionsOf(choice)}
              onChange={(level) => onChange({ ...access, [choice.id]: level })}
            />
          </li>
        ))}
      </ul>
    </section>
  )
}

function optionsOf({ levels }: Choice) {
  const isSwitch = !levels.includes("read")
  const names: Record<Level, string> = {
    none: isSwitch ? "Off" : "None",
    read: "Read",
    write: isSwitch ? "On" : "Read and write",
  }
  return levels.map((value) => ({ value, name: names[value], isZero: value === "none" }))
}
