import type { TurnView } from "#lib/transcript/turn-view.ts"

interface TurnGroup {
  key: string
  turns: TurnView[]
}

/**
 * Splits turns into groups of about eight. The turn's id decides the boundaries, not its index, so
 * appended turns leave existing groups unchanged; prepended turns join the group they border on,
 * which keeps its key.
 */
export function createGrouping(): (turns: readonly TurnView[]) => TurnGroup[] {
  const keys = new Map<string, string>()
  return (turns) => {
    const groups = cut(turns)
    for (const group of groups) {
      const known = group.turns.find((turn) => keys.has(turn.id))
      group.key = (known && keys.get(known.id)) ?? group.key
      for (const turn of group.turns) keys.set(turn.id, group.key)
    }
    return groups
  }
}

function cut(turns: readonly TurnView[]): TurnGroup[] {
  const groups: TurnGroup[] = []
  for (const turn of turns) {
    const last = groups.at(-1)
    if (last === undefined || startsGroup(turn)) groups.push({ key: turn.id, turns: [turn] })
    else last.turns.push(turn)
  }
  return groups
}

/** The last digits of an id are random. */
function startsGroup({ id }: TurnView): boolean {
  return id.endsWith("0") || id.endsWith("8")
}
