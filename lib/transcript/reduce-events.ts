import { textOf, type JournalRow, type RowOf } from "./journal-row.ts"
import { keptAndCountedRows } from "./kept-rows.ts"
import { addRow, emptyTurn, type TurnView } from "./turn-view.ts"

/** A conversation as it is shown: a pure function of the journal rows that came. */
export interface ConversationState {
  /** Everything up to this seq has been applied; it is also the cursor to resume from. */
  lastSeq: number
  /** Rows from this seq on are loaded; null while none are. */
  firstSeq: number | null
  title: string | null
  /** In turn order: the order of their messages. */
  turns: readonly Turn[]
  /** Sent messages whose `message` event has not arrived yet. */
  outgoing: readonly Outgoing[]
}

export interface Turn {
  id: string
  /** Every row of it, dropped ones too, so that a `stale` or an older page can be replayed exactly. */
  rows: readonly JournalRow[]
  view: TurnView
}

/** The share of a body that has left, below 1; null = all of it, or unknown. */
export type SentShare = number | null

/** A message on its way, named by its idempotency key until its `message` event takes it over. */
export interface Outgoing {
  key: string
  text: string
  files: readonly { name: string; type: string; sizeBytes: number }[]
  atMs: number
  /** The 202 came: it is safe. */
  isAccepted: boolean
  /** Said while the first tries failed. */
  isRetrying: boolean
  sentShare: SentShare
}

/** @param lastSeq the head of the snapshot the page was made from; the stream resumes after it */
export function emptyConversation(title: string | null = null, lastSeq = 0): ConversationState {
  return { lastSeq, firstSeq: null, title, turns: [], outgoing: [] }
}

/** Applies rows in seq order; rows seen before are ignored. */
export function reduceEvents(
  state: ConversationState,
  rows: readonly JournalRow[],
): ConversationState {
  const draft = openDraft(state)
  for (const row of rows) addToDraft(draft, row)
  return draft.isChanged ? closeDraft(draft) : state
}

/** Prepends an older page of history; rows already loaded are ignored. */
export function prependHistory(
  state: ConversationState,
  rows: readonly JournalRow[],
): ConversationState {
  const end = state.firstSeq ?? state.lastSeq + 1
  const older = rows.filter((row) => row.seq < end)
  if (older.length === 0) return state
  const before = reduceEvents(emptyConversation(), older)
  const loaded = new Map(state.turns.map((turn) => [turn.id, turn]))
  const front = before.turns.map((turn) => joined(turn, loaded.get(turn.id)))
  const isInFront = new Set(front.map((turn) => turn.id))
  const behind = state.turns.filter((turn) => !isInFront.has(turn.id))
  // A turn whose message is further back stands before all whose message is loaded.
  const turns = [...front, ...behind].toSorted((a, b) => headless(b) - headless(a))
  return {
    ...state,
    firstSeq: before.firstSeq,
    lastSeq: Math.max(state.lastSeq, before.lastSeq),
    turns,
    outgoing: withoutTaken(state.outgoing, turns),
  }
}

function joined(turn: Turn, later: Turn | undefined): Turn {
  return later === undefined ? turn : turnOf(turn.id, [...turn.rows, ...later.rows])
}

function turnOf(id: string, rows: readonly JournalRow[]): Turn {
  return { id, rows, view: viewOf(id, rows) }
}

function viewOf(id: string, rows: readonly JournalRow[]): TurnView {
  return keptAndCountedRows(rows).reduce(addRow, emptyTurn(id))
}

/** 1 for a turn whose message is not loaded. */
function headless(turn: Turn): number {
  return turn.view.message === null ? 1 : 0
}

/** Replaces the rows of a turn and rebuilds its view. */
export function changeTurn(
  state: ConversationState,
  turnId: string,
  change: (rows: readonly JournalRow[]) => readonly JournalRow[],
): ConversationState {
  const turns = state.turns.map((turn) =>
    turn.id === turnId ? turnOf(turnId, change(turn.rows)) : turn,
  )
  return { ...state, turns }
}

/** `stale`: forgets every event with a seq above `afterSeq`; the next one is `afterSeq` + 1. */
export function forgetAfter(state: ConversationState, afterSeq: number): ConversationState {
  if (state.lastSeq <= afterSeq) return { ...state, lastSeq: afterSeq }
  const kept = state.turns
    .flatMap((turn) => turn.rows)
    .filter((row) => row.firstSeq <= afterSeq)
    .toSorted((a, b) => a.seq - b.seq)
  const rebuilt = reduceEvents(emptyConversation(state.title), kept)
  // A folded run that reaches beyond the cut stays whole; its events are ignored as seen when they
  // arrive again.
  return {
    ...rebuilt,
    title: state.title,
    lastSeq: Math.max(afterSeq, rebuilt.lastSeq),
    outgoing: state.outgoing,
  }
}

interface Draft {
  state: ConversationState
  lastSeq: number
  firstSeq: number | null
  title: string | null
  /**
   * Turns with new rows. A token costs time proportional to these, not to the whole conversation.
   */
  changed: Map<string, DraftTurn>
  /** Turns that were not there before; those whose message is not loaded stand first. */
  order: string[] | null
  takenKeys: Set<string>
  isChanged: boolean
}

interface DraftTurn {
  id: string
  /** Where it stands in the state; null when it is not there. */
  index: number | null
  rows: JournalRow[]
  view: TurnView
}

function openDraft(state: ConversationState): Draft {
  const { lastSeq, firstSeq, title } = state
  return {
    state,
    lastSeq,
    firstSeq,
    title,
    changed: new Map(),
    order: null,
    takenKeys: new Set(),
    isChanged: false,
  }
}

function closeDraft(draft: Draft): ConversationState {
  const { state, lastSeq, firstSeq, title, takenKeys } = draft
  return {
    lastSeq,
    firstSeq,
    title,
    turns: turnsOf(draft),
    outgoing:
      takenKeys.size === 0
        ? state.outgoing
        : state.outgoing.filter((sent) => !takenKeys.has(sent.key)),
  }
}

function turnsOf({ state, changed, order }: Draft): readonly Turn[] {
  if (changed.size === 0) return state.turns
  const turns = [...state.turns]
  const added = new Map<string, Turn>()
  for (const { id, index, rows, view } of changed.values()) {
    if (index === null) added.set(id, { id, rows, view })
    else turns[index] = { id, rows, view }
  }
  if (order === null) return turns
  const known = new Map(turns.map((turn) => [turn.id, turn]))
  return order.flatMap((id) => added.get(id) ?? known.get(id) ?? [])
}

function addToDraft(draft: Draft, incoming: JournalRow): void {
  if (incoming.seq <= draft.lastSeq) return
  const isSeenInPart = incoming.firstSeq <= draft.lastSeq && incoming.kind === "text_delta"
  const row = isSeenInPart ? cutSeen(draft, incoming) : incoming
  draft.isChanged = true
  draft.firstSeq ??= incoming.firstSeq
  draft.lastSeq = row.seq
  if (row.kind === "title") {
    draft.title = textOf(row.payload, "title") || null
    return
  }
  const turnId = textOf(row.payload, "turn_id")
  if (turnId === "") return
  const turn = findOrAddTurn(draft, turnId, row.kind === "message")
  if (row.kind === "message") {
    const key = row.payload.idempotency_key
    if (typeof key === "string") draft.takenKeys.add(key)
  }
  turn.rows.push(row)
  turn.view = row.kind === "turn_started" ? viewOf(turnId, turn.rows) : addRow(turn.view, row)
}

function findOrAddTurn(draft: Draft, id: string, isMessage: boolean): DraftTurn {
  const found = draft.changed.get(id)
  if (found !== undefined) return found
  const { turns } = draft.state
  // The newest turn changes most often.
  const index = turns.findLastIndex((turn) => turn.id === id)
  const base = turns[index]
  const turn: DraftTurn =
    base === undefined
      ? { id, index: null, rows: [], view: emptyTurn(id) }
      : { id, index, rows: [...base.rows], view: base.view }
  draft.changed.set(id, turn)
  if (base === undefined) addToOrder(draft, id, isMessage)
  return turn
}

function addToOrder(draft: Draft, id: string, isMessage: boolean): void {
  draft.order ??= draft.state.turns.map((turn) => turn.id)
  if (isMessage) draft.order.push(id)
  else draft.order.splice(countWithoutMessage(draft, draft.order), 0, id)
}

function countWithoutMessage({ state, changed }: Draft, order: readonly string[]): number {
  const heads = new Set(
    [...state.turns, ...changed.values()]
      .filter(({ view }) => view.message !== null)
      .map(({ id }) => id),
  )
  const index = order.findIndex((id) => heads.has(id))
  return index === -1 ? order.length : index
}

/** Of a run of deltas of which the start was applied already, the rest. */
function cutSeen(draft: Draft, run: RowOf<"text_delta">): RowOf<"text_delta"> {
  const turnId = textOf(run.payload, "turn_id")
  const turn = draft.changed.get(turnId) ?? draft.state.turns.find(({ id }) => id === turnId)
  const length = (turn?.rows ?? []).reduce((sum, row) => {
    const isSeen = row.firstSeq >= run.firstSeq && row.seq <= draft.lastSeq
    return isSeen && row.kind === "text_delta" ? sum + textOf(row.payload, "text").length : sum
  }, 0)
  return {
    ...run,
    firstSeq: draft.lastSeq + 1,
    payload: { ...run.payload, text: textOf(run.payload, "text").slice(length) },
  }
}

function withoutTaken(outgoing: readonly Outgoing[], turns: readonly Turn[]): readonly Outgoing[] {
  const keys = new Set(turns.map((turn) => turn.view.message?.idempotencyKey))
  return outgoing.filter((sent) => !keys.has(sent.key))
}
