import { renderToString } from "react-dom/server"
import { expect, test } from "vitest"

import { Turn } from "#components/chat/turn/turn.tsx"
import { emptyTurn, type TurnView } from "#lib/transcript/turn-view.ts"

const text = "One **two** \u202Ethree"
const turn: TurnView = {
  ...emptyTurn("0190a000-0000-7000-8000-000000000001"),
  phase: "ended",
  blocks: [{ kind: "text", seq: 2, text }],
  ending: { kind: "error", code: "model_error", message: "It broke off.", recoverable: true },
}

// The synchronous rendering is the placeholder while a part's code loads.
test("an answer and its failure are readable before the markdown renderer has loaded", () => {
  const shown = renderToString(
    <Turn
      turn={turn}
      conversationId="0190a000-0000-7000-8000-000000000002"
      agent={{ id: "a", name: "Assistant" }}
      isLatest
      isOnline
      onRetry={null}
      onContinue={null}
    />,
  )
  expect(shown).toContain("One **two**")
  expect(shown).not.toContain("\u202E")
  expect(shown).toContain("It broke off.")
})
