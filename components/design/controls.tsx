"use client"

import { Ellipsis, Paperclip, Pencil, Trash2 } from "lucide-react"
import { useState } from "react"

import { Button, IconButton } from "#components/ui/button.tsx"
import { CopyButton } from "#components/ui/copy-button.tsx"
import { Field } from "#components/ui/field.tsx"
import type { MenuEntry } from "#components/ui/menu-entries.ts"
import { Menu, OpenMenu } from "#components/ui/menu.tsx"
import { Notice } from "#components/ui/notice.tsx"
import { Segments } from "#components/ui/segments.tsx"

import { Example } from "./example.tsx"

const looks = ["ink", "line", "ghost", "danger"] as const
const access = [
  { value: "none", name: "None", isZero: true },
  { value: "read", name: "Read" },
  { value: "write", name: "Read and write" },
] as const

const menuEntries = (): MenuEntry[] => [
  {
    kind: "command",
    name: "Rename",
    icon: <Pencil size={16} aria-hidden />,
    onSelect: () => {},
  },
  { kind: "line" },
  {
    kind: "command",
    name: "Delete",
    icon: <Trash2 size={16} aria-hidden />,
    isDanger: true,
    onSelect: () => {},
  },
]

/** Buttons, choices and inputs. */
export function Controls({ scheme }: { scheme: string }) {
  const [chosen, setChosen] = useState<"none" | "read" | "write">("read")
  return (
    <>
      <Example name="Buttons">
        <div className="flex flex-wrap items-center gap-2">
          {looks.map((look) => (
            <Button key={look} look={look}>
              {look}
            </Button>
          ))}
          {looks.map((look) => (
            <Button key={look} look={look} disabled>
              {look}, off
            </Button>
          ))}
          <Button look="line" size="small">
            Small
          </Button>
          <Button look="ink" size="large">
            Large
          </Button>
        </div>
      </Example>
      <Example name="Icon buttons and a menu">
        <div className="flex items-center gap-2">
          <IconButton label="Attach files">
            <Paperclip size={16} aria-hidden />
          </IconButton>
          <IconButton label="Edit" size="icon-small">
            <Pencil size={16} aria-hidden />
          </IconButton>
          <IconButton label="Not now" disabled>
            <Paperclip size={16} aria-hidden />
          </IconButton>
          <CopyButton label="Copy the address" text={() => window.location.href} />
          <Menu
            trigger={
              <IconButton label="Menu">
                <Ellipsis size={16} aria-hidden />
              </IconButton>
            }
            open={(slots) => <OpenMenu entries={menuEntries} {...slots} />}
          />
        </div>
      </Example>
      <Example name="Fields">
        <div className="grid gap-4">
          <Field label="Name" placeholder="laptop" hint="So that you know it again." />
          <Field label="E-mail" defaultValue="mira@" error="This is not an address." />
          <Field label="Tenant" defaultValue="Northwind" disabled />
          <Segments
            label={`Access, ${scheme}`}
            value={chosen}
            options={access}
            onChange={setChosen}
          />
        </div>
      </Example>
      <Example name="Notice">
        <Notice>Not saved. The server cannot be reached.</Notice>
      </Example>
    </>
  )
}
