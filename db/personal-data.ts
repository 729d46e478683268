/**
 * What erasing a person does with a row whose column names them:
 * - `deleted`: the row goes
 * - `byAddress`: it goes when it holds their e-mail address
 * - `withConversation`: the row belongs to a conversation of theirs, and goes with it
 * - `renamed`: their name in it becomes "Former member"
 * - `left`: the row is of somebody else's conversation, which they leave
 * - `pseudonym`: the row stays, with an id that leads to nobody any more
 * - `last`: the person's own row, deleted when nothing else names them
 */
type Fate = "deleted" | "byAddress" | "withConversation" | "renamed" | "left" | "pseudonym" | "last"

export interface TableFacts {
  /** The column that names a conversation: its rows are purged with it. */
  conversation?: string
  /** The columns that name a person or hold what identifies one. */
  people?: Readonly<Record<string, Fate>>
}

/**
 * Every table, in the order in which the rows of a conversation are purged and those of a person are
 * erased. The purge, the erasure and `npm run check:personal-data` go by it. Search entries come after
 * turns: whoever still settles a turn holds its lock, and is done when the turn is gone.
 */
export const personalData = {
  heads: { conversation: "conversation_id" },
  journal: { conversation: "conversation_id", people: { payload: "renamed", detail: "renamed" } },
  idempotency_keys: { conversation: "conversation_id" },
  attachments: { conversation: "conversation_id" },
  turns: { conversation: "conversation_id", people: { user_id: "pseudonym" } },
  search_entries: {
    conversation: "conversation_id",
    people: { owner_id: "withConversation" },
  },
  conversation_texts: { conversation: "conversation_id" },
  participants: { conversation: "conversation_id", people: { user_id: "left" } },
  conversations: { conversation: "id", people: { owner_id: "withConversation" } },
  sessions: { people: { user_id: "deleted" } },
  accounts: { people: { user_id: "deleted" } },
  password_resets: { people: { user_id: "deleted", created_by: "deleted" } },
  tokens: { people: { user_id: "deleted" } },
  invitations: { people: { invited_by: "deleted", accepted_by: "deleted", email: "byAddress" } },
  usage_days: { people: { user_id: "deleted" } },
  // Sealed, each record over the one before it: an id stays, the person behind it goes.
  audit: { people: { actor_id: "pseudonym", subject_id: "pseudonym" } },
  users: { people: { id: "last" } },
  tenants: {},
  agents: {},
  audit_heads: {},
  installation: {},
  // Bytes that no message links to go within the hour.
  attachment_bytes: {},
  file_usage: {},
  // Hashed names, for an hour.
  tries: {},
  // States of sign-ins, for minutes.
  verifications: {},
} as const satisfies Readonly<Record<string, TableFacts>>

interface Holding {
  table: string
  column: string
}

const tables: readonly (readonly [string, TableFacts])[] = Object.entries(personalData)

/** Where the rows of a conversation are, in the order in which they are purged; itself comes last. */
export const conversationHoldings: readonly Holding[] = tables.flatMap(([table, facts]) =>
  facts.conversation === undefined ? [] : [{ table, column: facts.conversation }],
)

/** The columns by which an erasure treats rows in one way. */
export function personHoldings(fate: Fate): Holding[] {
  return tables.flatMap(([table, { people = {} }]) =>
    Object.entries(people)
      .filter(([, own]) => own === fate)
      .map(([column]) => ({ table, column })),
  )
}
