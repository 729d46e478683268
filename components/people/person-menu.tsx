"use client"

import { Ellipsis, KeyRound, UserCheck, UserX } from "lucide-react"
import { useRouter } from "next/navigation"
import { useState } from "react"

import { IconButton } from "#components/ui/button.tsx"
import { ConfirmDialog } from "#components/ui/confirm-dialog.tsx"
import type { MenuEntry } from "#components/ui/menu-entries.ts"
import { Menu, OpenMenu } from "#components/ui/menu.tsx"
import { notify } from "#components/ui/notify.ts"
import { isApiError } from "#lib/client/api.ts"
import { changePerson, resetPassword } from "#lib/client/people.ts"
import { roles, type PersonItem, type Role } from "#lib/protocol/people.ts"

import { LinkDialog } from "./link-dialog.tsx"
import type { PeopleViewer } from "./people-viewer.ts"
import { roleNames } from "./role-names.ts"

interface PersonMenuProps {
  person: PersonItem
  viewer: PeopleViewer
}

/** What the viewer may do about a person; nothing about themselves. */
export function PersonMenu({ person, viewer }: PersonMenuProps) {
  const router = useRouter()
  const [isAsking, setAsking] = useState(false)
  const [resetLink, setResetLink] = useState<string | null>(null)
  const isOwner = viewer.role === "owner"
  if (person.id === viewer.id || (!isOwner && person.role !== "member")) return null

  const change = async (changes: Parameters<typeof changePerson>[1], said: string) => {
    await changePerson(person.id, changes)
    void notify(said)
    router.refresh()
  }
  const changeAtOnce = (changes: Parameters<typeof changePerson>[1], said: string) => {
    change(changes, said).catch((error: unknown) => {
      if (!isApiError(error)) throw error
      void notify(`Not changed. ${error.message}`)
    })
  }
  const disable = async () => {
    await change({ disabled: true }, `${person.name} is disabled.`)
    setAsking(false)
  }
  const makeResetLink = async () => {
    try {
      setResetLink((await resetPassword(person.id)).url)
    } catch (error) {
      if (!isApiError(error)) throw error
      void notify(`No link was made. ${error.message}`)
    }
  }
  const reset: MenuEntry[] =
    person.disabled_at === null
      ? [
          {
            kind: "command",
            name: "Reset password…",
            icon: <KeyRound size={16} aria-hidden />,
            movesFocus: true,
            onSelect: () => void makeResetLink(),
          },
        ]
      : []
  const access: MenuEntry =
    person.disabled_at === null
      ? {
          kind: "command",
          name: "Disable…",
          icon: <UserX size={16} aria-hidden />,
          isDanger: true,
          movesFocus: true,
          onSelect: () => setAsking(true),
        }
      : {
          kind: "command",
          name: "Enable",
          icon: <UserCheck size={16} aria-hidden />,
          onSelect: () => changeAtOnce({ disabled: false }, `${person.name} may sign in again.`),
        }
  const role: MenuEntry = {
    kind: "choice",
    name: "Role",
    value: person.role,
    choices: roles.map((value) => ({ value, name: roleNames[value] })),
    onChoose: (value) =>
      changeAtOnce({ role: toRole(value) }, `${person.name} is ${words[toRole(value)]} now.`),
  }
  return (
    <>
      <Menu
        open={(slots) => (
          <OpenMenu
            entries={() => [
              ...(isOwner ? [role, { kind: "line" } as const] : []),
              ...reset,
              access,
            ]}
            {...slots}
          />
        )}
        trigger={
          <IconButton label={`Change ${person.name}`} size="icon-small">
            <Ellipsis size={16} aria-hidden />
          </IconButton>
        }
      />
      {resetLink !== null && (
        <LinkDialog
          email={person.email}
          url={resetLink}
          life="Valid for 24 hours, single use"
          onClose={() => setResetLink(null)}
        >
          Anyone who has it can set a new password and sign in as {person.name}, so send it only to
          them. It can’t be shown again; a new link replaces it.
        </LinkDialog>
      )}
      {isAsking && (
        <ConfirmDialog
          title={`Disable ${person.name}?`}
          keep="Keep enabled"
          act="Disable"
          acting="Disabling…"
          onAct={disable}
          onClose={() => setAsking(false)}
        >
          They are signed out everywhere within a second, and their tokens are refused. Their
          conversations stay, and you can enable them again.
        </ConfirmDialog>
      )}
    </>
  )
}

const words: Readonly<Record<Role, string>> = {
  owner: "an owner",
  admin: "an administrator",
  member: "a member",
}

function toRole(value: string): Role {
  return roles.find((role) => role === value) ?? "member"
}
