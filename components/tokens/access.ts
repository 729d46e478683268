import { expandScopes, scopes, type Scope } from "#lib/protocol/scopes.ts"

export type Level = "none" | "read" | "write"
export type Resource =
  | "conversations"
  | "documents"
  | "schedules"
  | "agents"
  | "memory"
  | "billing"
  | "admin"
/** What a token is allowed; `admin` is `none` or `write`. */
export type Access = Readonly<Record<Resource, Level>>

interface ResourceFacts {
  id: Resource
  name: string
  hint: string
  /** What each level adds, in words that go on from "will be able to". */
  read: readonly string[]
  write: readonly string[]
}

export const resources: readonly ResourceFacts[] = [
  {
    id: "conversations",
    name: "Conversations",
    hint: "See chats; write also sends and deletes",
    read: ["read your conversations"],
    write: ["send messages as you, and stop turns", "rename and delete your conversations"],
  },
  {
    id: "documents",
    name: "Documents",
    hint: "See files; write also uploads and deletes",
    read: ["read your documents"],
    write: ["upload and delete your documents"],
  },
  {
    id: "schedules",
    name: "Schedules",
    hint: "See timed runs; write also changes them",
    read: ["see your scheduled runs"],
    write: ["change your scheduled runs"],
  },
  {
    id: "agents",
    name: "Agents",
    hint: "See agents; write also edits them",
    read: ["list agents"],
    write: ["edit agents, where your role may"],
  },
  {
    id: "memory",
    name: "Memory",
    hint: "See what agents remember; write also edits it",
    read: ["read what agents remember"],
    write: ["change what agents remember"],
  },
  {
    id: "billing",
    name: "Billing",
    hint: "See usage and cost",
    read: ["see usage and cost"],
    write: [],
  },
  {
    id: "admin",
    name: "Admin",
    hint: "Everyone’s conversations, people, audit",
    read: [],
    write: ["read everyone’s conversations", "manage agents, people and the audit log"],
  },
]

/** Enough to chat, and no more. */
export const firstAccess: Access = {
  conversations: "write",
  documents: "none",
  schedules: "none",
  agents: "read",
  memory: "none",
  billing: "none",
  admin: "none",
}

export function scopesOf(access: Access): Scope[] {
  return scopes.filter((scope) => {
    const [id, right] = scope.split(":")
    const level = resources.find((resource) => resource.id === id)
    if (level === undefined) return false
    return right === "read" ? access[level.id] !== "none" : access[level.id] === "write"
  })
}

/** What it will be able to do, a line each. */
export function abilitiesOf(access: Access): string[] {
  return resources.flatMap(({ id, read, write }) =>
    access[id] === "none" ? [] : access[id] === "read" ? read : [...read, ...write],
  )
}

/** And what never, as far as people would wonder. */
export function limitsOf(access: Access): string[] {
  const changeable = ["documents", "schedules", "agents", "memory"] as const
  const closed = changeable.filter((id) => access[id] === "none")
  const readable = changeable.filter((id) => access[id] === "read")
  const lines = []
  if (access.admin === "none") lines.push("see other people’s conversations")
  if (access.conversations === "none") lines.push("read your conversations")
  if (access.conversations !== "write") lines.push("send messages as you")
  if (closed.length > 0) lines.push(`see or change ${listOf(closed, "or")}`)
  if (readable.length > 0) lines.push(`change ${listOf(readable, "or")}`)
  if (access.billing === "none") lines.push("see cost")
  lines.push("mint a token that may do more than this")
  return lines
}

/** What a listed token may do, in a few words. */
export function accessWords(granted: readonly string[]): string {
  const held = expandScopes(granted)
  const everything = scopes.every((scope) => scope === "admin" || held.has(scope))
  if (everything) return held.has("admin") ? "Everything, also admin" : "Everything except admin"
  const written = resources.filter(({ id }) => isHeld(held, `${id}:write`))
  const read = resources.filter(
    ({ id }) => isHeld(held, `${id}:read`) && !isHeld(held, `${id}:write`),
  )
  const words = written.map(({ id }) => (id === "conversations" ? chatWords(held) : id))
  const readNames = read.map(({ id }) => id)
  if (readNames.length > 0) words.push(`read ${listOf(readNames, "and")}`)
  if (held.has("admin")) words.push("admin")
  const text = words.join(", ")
  return text === "" ? "Nothing" : text.charAt(0).toUpperCase() + text.slice(1)
}

function chatWords(held: ReadonlySet<Scope>): string {
  return held.has("conversations:read") ? "chat" : "send messages"
}

function isHeld(held: ReadonlySet<string>, scope: string): boolean {
  return held.has(scope)
}

function listOf(names: readonly string[], last: "and" | "or"): string {
  return new Intl.ListFormat("en", {
    type: last === "and" ? "conjunction" : "disjunction",
  }).format(names)
}
