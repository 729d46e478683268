"use client"

import { useId } from "react"

import { Segments } from "#components/ui/segments.tsx"

import { resources, type Access, type Level } from "./access.ts"

interface AccessFieldsProps {
  access: Access
  canGrantAdmin: boolean
  onChange: (access: Access) => void
}

/** One row per resource: None, Read, Read and write. */
export function AccessFields({ access, canGrantAdmin, onChange }: AccessFieldsProps) {
  const id = useId()
  const offered = resources.filter((resource) => resource.id !== "admin" || canGrantAdmin)
  return (
    <section aria-labelledby={id}>
      <h3 id={id} className="text-ui font-medium">
        Access
      </h3>
      <ul>
        {offered.map((resource) => (
          <li
            key={resource.id}
            className="flex items-center gap-x-4 gap-y-2 border-b py-2 last:border-0 max-sm:flex-wrap"
          >
            <span className="min-w-44 flex-1">
              <span className="block font-medium">{resource.name}</span>
              <span id={`${id}-${resource.id}`} className="text-ui text-ink-3 block">
                {resource.hint}
              </span>
            </span>
            <Segments
              label={resource.name}
              describedBy={`${id}-${resource.id}`}
              value={access[resource.id]}
              options={optionsOf(resource)}
              onChange={(level) => onChange({ ...access, [resource.id]: level })}
            />
          </li>
        ))}
      </ul>
    </section>
  )
}

function optionsOf(resource: (typeof resources)[number]) {
  const isSwitch = resource.read.length === 0
  const options: { value: Level; name: string; isZero?: boolean }[] = [
    { value: "none", name: isSwitch ? "Off" : "None", isZero: true },
  ]
  if (!isSwitch) options.push({ value: "read", name: "Read" })
  if (resource.write.length > 0) {
    options.push({ value: "write", name: isSwitch ? "On" : "Read and write" })
  }
  return options
}
