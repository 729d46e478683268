/** Limits of the wire contract. @see docs/protocol.md#limits */
export const limits = {
  bodyBytesMax: 16 * 1024 * 1024,
  /** Bytes of an oversized body that are read and discarded, so that the client sees the 413. */
  discardBytesMax: 4 * 1024 * 1024,
  /** Shape limits of a request body, checked before it is parsed. */
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
  /** Nudges that the running turn's next model call has not read yet. */
  pendingNudgesMax: 50,
  journalPageMax: 1000,
  /** The `q` parameter of a list. */
  queryCharactersMax: 1_000,
  /** Of the input as typed, including surrounding blanks; the address in it is shorter. */
  emailUnitsMax: 1_000,
  personNameCharactersMax: 100,
  /** Per person; their list is not paginated. */
  liveTokensMax: 100,
  tokenNameCharactersMax: 100,
  overlapHoursMax: 168,
  tokenDaysMax: 3650,
  /** Names as requested, duplicates included. */
  tokenScopesMax: 64,
  /** Maximum number of replayed events for a reader with an unknown cursor. */
  replayEventsMax: 10_000,
  agentNameCharactersMax: 100,
  agentDescriptionCharactersMax: 500,
  agentInstructionsCharactersMax: 32_000,
  keepaliveMs: 15_000,
  /**
   * After this long without an event, and repeatedly, readers are told that the turn is still running.
   */
  silenceMs: 2_000,
  /** Conversations that one stream of a person's conversations follows. */
  followedConversationsMax: 50,
  /** Idle timeout of a session: half a day is longer than an evening away from the office. */
  sessionIdleSeconds: 12 * 60 * 60,
  /** Absolute lifetime of a session: even an active one needs a new sign-in once a week. */
  sessionSeconds: 7 * 24 * 60 * 60,
  /** Idle timeout of a session with "stay signed in". */
  keptSessionIdleSeconds: 30 * 24 * 60 * 60,
  keptSessionSeconds: 365 * 24 * 60 * 60,
} as const
