import { expandScopes, scopes, type Scope } from "#lib/protocol/scopes.ts"

export type Level = "none" | "read" | "write"
type Resource =
  | "conversations"
  | "documents"
  | "schedules"
  | "agents"
  | "memory"
  | "billing"
  | "admin"
/** Access level per resource; `admin` is `none` or `write`. */
export type Access = Readonly<Record<Resource, Level>>

interface ResourceFacts {
  id: Resource
  name: string
  /** Explains beside the choice what read and write permit. */
  hint: string
  writeHint: string
  /** Abilities per level, phrased to follow "will be able to". */
  read: readonly string[]
  write: readonly string[]
}

const resources: readonly ResourceFacts[] = [
  {
    id: "conversations",
    name: "Conversations",
    hint: "See chats",
    writeHint: "write also sends and deletes",
    read: ["read your conversations"],
    write: ["send messages as you, and stop turns", "rename and delete your conversations"],
  },
  {
    id: "documents",
    name: "Documents",
    hint: "See files",
    writeHint: "write also uploads and deletes",
    read: ["read your documents"],
    write: ["upload and delete your documents"],
  },
  {
    id: "schedules",
    name: "Schedules",
    hint: "See timed runs",
    writeHint: "write also changes them",
    read: ["see your scheduled runs"],
    write: ["change your scheduled runs"],
  },
  {
    id: "agents",
    name: "Agents",
    hint: "See agents and models",
    writeHint: "write also edits agents",
    read: ["list agents and models"],
    write: ["edit agents, where your role may"],
  },
  {
    id: "memory",
    name: "Memory",
    hint: "See what agents remember",
    writeHint: "write also edits it",
    read: ["read what agents remember"],
    write: ["change what agents remember"],
  },
  {
    id: "billing",
    name: "Billing",
    hint: "See usage and cost",
    writeHint: "",
    read: ["see usage and cost"],
    write: [],
  },
  {
    id: "admin",
    name: "Admin",
    hint: "People, agents, budget, usage, audit, everyone’s conversations",
    writeHint: "",
    read: [],
    write: [
      "manage people, agents and the budget",
      "see usage and cost, and the audit log",
      "export the list of everyone’s conversations",
    ],
  },
]

/** A resource with its selectable levels; `none` is always available. */
export interface Choice {
  id: Resource
  name: string
  hint: string
  levels: readonly Level[]
}

/**
 * The selectable levels: only those that make a difference.
 * @param honoured the scopes that endpoints check
 */
export function choicesOf(honoured: readonly Scope[]): Choice[] {
  const asked = new Set<string>(honoured)
  return resources.flatMap(({ id, name, hint, writeHint }) => {
    const mayRead = asked.has(`${id}:read`)
    const mayWrite = asked.has(`${id}:write`) || asked.has(id)
    if (!mayRead && !mayWrite) return []
    const levels: Level[] = ["none"]
    if (mayRead) levels.push("read")
    if (mayWrite) levels.push("write")
    return [{ id, name, levels, hint: mayRead && mayWrite ? `${hint}; ${writeHint}` : hint }]
  })
}

/** The minimum needed to chat. */
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

/** The token's abilities, one line each. */
export function abilitiesOf(access: Access): string[] {
  const lines = resources.flatMap(({ id, read, write }) =>
    access[id] === "none" ? [] : access[id] === "read" ? read : [...read, ...write],
  )
  if (access.admin !== "none" && access.conversations !== "none") {
    lines.push("read everyone’s conversations")
  }
  if (lines.length > 0)
    lines.push("list your tokens, and mint, rotate or revoke ones that may do no more")
  return lines
}

/** Limits of the token that people ask about. */
export function limitsOf(access: Access, choices: readonly Choice[]): string[] {
  const changeable = choices.filter(({ id }) =>
    ["documents", "schedules", "agents", "memory"].includes(id),
  )
  const mayChange = ({ levels }: Choice) => levels.includes("write")
  const namesOf = (found: readonly Choice[]) =>
    listOf(
      found.map(({ id }) => id),
      "or",
    )
  const closed = changeable.filter(({ id }) => access[id] === "none")
  const [unchangeable, unseen] = [closed.filter(mayChange), closed.filter((c) => !mayChange(c))]
  const readable = changeable.filter((c) => access[c.id] === "read" && mayChange(c))
  const lines = []
  if (access.admin === "none") lines.push("see other people’s conversations")
  if (access.conversations === "none") lines.push("read your conversations")
  if (access.conversations !== "write") lines.push("send messages as you")
  if (unchangeable.length > 0) lines.push(`see or change ${namesOf(unchangeable)}`)
  if (unseen.length > 0) lines.push(`list ${namesOf(unseen)}`)
  if (readable.length > 0) lines.push(`change ${namesOf(readable)}`)
  if (access.admin === "none") {
    lines.push(
      access.billing === "none"
        ? "manage people or agents, or see the organisation’s usage"
        : "manage people or agents",
    )
  }
  lines.push("mint a token that may do more than this")
  return lines
}

/**
 * A listed token's access, in a few words.
 * @param honoured the scopes that endpoints check; other granted scopes have no effect
 */
export function accessWords(granted: readonly string[], honoured: readonly Scope[]): string {
  const held = expandScopes(granted)
  const everything = scopes.every((scope) => scope === "admin" || held.has(scope))
  if (everything)
    return held.has("admin") ? "Everything, including admin" : "Everything except admin"
  const may = new Set<string>(honoured.filter((scope) => held.has(scope)))
  const written = resources.filter(({ id }) => may.has(`${id}:write`))
  const read = resources.filter(({ id }) => may.has(`${id}:read`) && !may.has(`${id}:write`))
  const words = written.map(({ id }) => (id === "conversations" ? chatWords(held) : id))
  const readNames = read.map(({ id }) => id)
  if (readNames.length > 0) words.push(`read ${listOf(readNames, "and")}`)
  if (may.has("admin")) words.push("admin")
  const text = words.join(", ")
  return text === "" ? "Nothing" : text.charAt(0).toUpperCase() + text.slice(1)
}

function chatWords(held: ReadonlySet<Scope>): string {
  return held.has("conversations:read") ? "chat" : "send messages"
}

function listOf(names: readonly string[], last: "and" | "or"): string {
  return new Intl.ListFormat("en", {
    type: last === "and" ? "conjunction" : "disjunction",
  }).format(names)
}
