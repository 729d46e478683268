import * as fc from "fast-check"
import { expect, it } from "vitest"

import { OpeningThoughts } from "#lib/models/answer/opening-thoughts.ts"

function read(pieces: readonly string[], takesThoughts = true): string {
  const opening = new OpeningThoughts(takesThoughts)
  return pieces.map((piece) => opening.push(piece)).join("") + opening.end()
}

it.each<[string, string]>([
  ["<think>a</think>Rome", "Rome"],
  ["  \n<think>\na\n</think>\n\nRome", "Rome"],
  ["<think>a</think><think>b</think>Rome", "Rome"],
  ["<thinking>a</thinking> Rome", "Rome"],
  ["[THINK]a[/THINK]Rome", "Rome"],
  ["◁think▷a◁/think▷Rome", "Rome"],
  ["<think>never closed", ""],
  ["<think>a</think>", ""],
  ["<thin", "<thin"],
  ["<thinner>", "<thinner>"],
  ["Say <think>a</think>", "Say <think>a</think>"],
  ["    indented", "    indented"],
  [" \n ", ""],
])("%j is read as %j, however it is cut", (text, answer) => {
  expect(read([text])).toBe(answer)
  expect(read(text.split(""))).toBe(answer)
  fc.assert(
    fc.property(fc.array(fc.nat(text.length)), (cuts) => {
      const places = [0, ...cuts.toSorted((one, other) => one - other), text.length]
      const pieces = places.slice(1).map((place, index) => text.slice(places[index], place))
      expect(read(pieces)).toBe(answer)
    }),
    { numRuns: 30 },
  )
})

it("keeps all markup where the provider has a separate field for reasoning", () => {
  expect(read(["<think>a</think>Rome"], false)).toBe("<think>a</think>Rome")
})
