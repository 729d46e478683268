"use client"

import { Ellipsis, Eraser, KeyRound, UserCheck, UserX } from "lucide-react"
import { useRouter } from "next/navigation"
import { useState } from "react"

import { IconButton } from "#components/ui/button.tsx"
import type { MenuEntry } from "#components/ui/menu-entries.ts"
import { Menu, OpenMenu } from "#components/ui/menu.tsx"
import { notify } from "#components/ui/notify.ts"
import { isApiError } from "#lib/client/api/api.ts"
import { changePerson, resetPassword } from "#lib/client/api/people.ts"
import { roles, type PersonItem, type Role } from "#lib/protocol/people.ts"

import type { PeopleViewer } from "./people-viewer.ts"
import { PersonDialogs, type PersonDialog } from "./person-dialogs.tsx"
import { roleNames } from "./role-names.ts"

interface PersonMenuProps {
  person: PersonItem
  viewer: PeopleViewer
}

/** The viewer's actions on a person; none on themselves. */
export function PersonMenu({ person, viewer }: PersonMenuProps) {
  const router = useRouter()
  const [opened, setOpened] = useState<PersonDialog | null>(null)
  const isOwner = viewer.role === "owner"
  if (person.id === viewer.id || (!isOwner && person.role !== "member")) return null

  const change = async (changes: Change, said: string) => {
    await changePerson(person.id, changes)
    void notify(said)
    router.refresh()
  }
  const changeAtOnce = (changes: Change, said: string) => {
    change(changes, said).catch((error: unknown) => {
      if (!isApiError(error)) throw error
      void notify(`Not changed. ${error.message}`)
    })
  }
  const disable = async () => {
    await change({ disabled: true }, `${person.name} is disabled.`)
    setOpened(null)
  }
  const makeResetLink = async () => {
    try {
      setOpened({ kind: "reset", url: (await resetPassword(person.id)).url })
    } catch (error) {
      if (!isApiError(error)) throw error
      void notify(`No link was created. ${error.message}`)
    }
  }
  const showErased = () => {
    setOpened(null)
    void notify("The account is erased. The conversations will be deleted within minutes.")
    router.refresh()
  }
  const commands = commandsOf(person, {
    reset: () => void makeResetLink(),
    disable: () => setOpened({ kind: "disable" }),
    enable: () => changeAtOnce({ disabled: false }, `${person.name} may sign in again.`),
    erase: isOwner ? () => setOpened({ kind: "erase" }) : null,
  })
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
            entries={() => (isOwner ? [role, { kind: "line" }, ...commands] : commands)}
            {...slots}
          />
        )}
        trigger={
          <IconButton label={`Change ${person.name}`} size="icon-small">
            <Ellipsis size={16} aria-hidden />
          </IconButton>
        }
      />
      <PersonDialogs
        person={person}
        opened={opened}
        onDisable={disable}
        onErased={showErased}
        onClose={() => setOpened(null)}
      />
    </>
  )
}

type Change = Parameters<typeof changePerson>[1]

interface Commands {
  reset: () => void
  disable: () => void
  enable: () => void
  /** Null when the viewer may not. */
  erase: (() => void) | null
}

function commandsOf(person: PersonItem, run: Commands): MenuEntry[] {
  const erase: MenuEntry[] =
    run.erase === null
      ? []
      : [
          {
            kind: "command",
            name: "Erase…",
            icon: <Eraser size={16} aria-hidden />,
            isDanger: true,
            movesFocus: true,
            onSelect: run.erase,
          },
        ]
  if (person.disabled_at !== null) {
    const icon = <UserCheck size={16} aria-hidden />
    return [{ kind: "command", name: "Enable", icon, onSelect: run.enable }, ...erase]
  }
  return [
    {
      kind: "command",
      name: "Reset password…",
      icon: <KeyRound size={16} aria-hidden />,
      movesFocus: true,
      onSelect: run.reset,
    },
    {
      kind: "command",
      name: "Disable…",
      icon: <UserX size={16} aria-hidden />,
      isDanger: true,
      movesFocus: true,
      onSelect: run.disable,
    },
    ...erase,
  ]
}

const words: Readonly<Record<Role, string>> = {
  owner: "an owner",
  admin: "an administrator",
  member: "a member",
}

function toRole(value: string): Role {
  return roles.find((role) => role === value) ?? "member"
}
