/** Limits of the wire contract. @see docs/protocol.md#limits */
export const limits = {
  bodyBytesMax: 16 * 1024 * 1024,
  /** How much of a body that is too large is read and thrown away, so that the client sees the 413. */
  discardBytesMax: 4 * 1024 * 1024,
  /** Of a body, before it is parsed. */
  json: { depthMax: 32, valuesMax: 10_000, fieldsMax: 1_000, fieldBytesMax: 1_024 },
  textCharactersMax: 100_000,
  attachmentsMax: 10,
  attachmentBytesMax: 12 * 1024 * 1024,
  filenameCharactersMax: 255,
  titleCharactersMax: 200,
  identityBytesMax: 16 * 1024,
  idempotencyKeyCharactersMax: 255,
  idempotencySeconds: 24 * 60 * 60,
  queuedTurnsMax: 50,
  /** Additions to a running turn that its next model call has not read. */
  pendingNudgesMax: 50,
  journalPageMax: 1000,
  /** `q` of a list. */
  queryCharactersMax: 1_000,
  /** Of what is typed, blanks around it included; the address in it is shorter. */
  emailUnitsMax: 1_000,
  personNameCharactersMax: 100,
  /** Of one person; the list of them has no pages. */
  liveTokensMax: 100,
  tokenNameCharactersMax: 100,
  overlapHoursMax: 168,
  tokenDaysMax: 3650,
  /** Names in one order, duplicates counted. */
  tokenScopesMax: 64,
  /** A reader whose cursor is unknown is replayed at most this many events. */
  replayEventsMax: 10_000,
  agentNameCharactersMax: 100,
  agentDescriptionCharactersMax: 500,
  agentInstructionsCharactersMax: 32_000,
  keepaliveMs: 15_000,
  /** After so long without an event readers are told that the turn still runs, and again. */
  silenceMs: 2_000,
  /** Conversations that one stream of a person's conversations follows. */
  followedConversationsMax: 50,
  /** A session unused for half a day is over: an evening away from an office is longer. */
  sessionIdleSeconds: 12 * 60 * 60,
  /** However much it is used, once a week a person shows again that it is them. */
  sessionSeconds: 7 * 24 * 60 * 60,
  /** The same of a session whose person asked to stay signed in. */
  keptSessionIdleSeconds: 30 * 24 * 60 * 60,
  keptSessionSeconds: 365 * 24 * 60 * 60,
} as const
