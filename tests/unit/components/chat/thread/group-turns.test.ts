import fc from "fast-check"
import { expect, test } from "vitest"

import { createGrouping } from "#components/chat/thread/group-turns.ts"
import { emptyTurn, type TurnView } from "#lib/transcript/turn-view.ts"

const turnsArb = fc
  .uniqueArray(fc.uuid({ version: 7 }), { maxLength: 80 })
  .map((ids) => ids.map(emptyTurn))

const keyOf = (groups: ReturnType<ReturnType<typeof createGrouping>>, turn: TurnView) =>
  groups.find(({ turns }) => turns.includes(turn))?.key

test("grouping keeps every turn, in order, under unique keys", () => {
  fc.assert(
    fc.property(turnsArb, (turns) => {
      const groups = createGrouping()(turns)
      expect(groups.flatMap((group) => group.turns)).toEqual(turns)
      expect(new Set(groups.map(({ key }) => key)).size).toBe(groups.length)
    }),
  )
})

test("a turn stays in its group when older and newer ones arrive", () => {
  fc.assert(
    fc.property(turnsArb, fc.nat(), fc.nat(), (turns, a, b) => {
      const [from, to] = [a % (turns.length + 1), b % (turns.length + 1)].toSorted((x, y) => x - y)
      const grouping = createGrouping()
      const some = turns.slice(from, to)
      const before = grouping(some)
      const after = grouping(turns)
      for (const turn of some) expect(keyOf(after, turn)).toBe(keyOf(before, turn))
    }),
  )
})

test("groups contain about eight turns", () => {
  const turns = Array.from({ length: 4_000 }, (_, n) => emptyTurn(`turn-${n.toString(16)}`))
  expect(createGrouping()(turns)).toHaveLength(500)
})
