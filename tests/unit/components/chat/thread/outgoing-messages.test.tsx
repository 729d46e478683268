import { renderToStaticMarkup } from "react-dom/server"
import { expect, test } from "vitest"

import { OutgoingMessages } from "#components/chat/thread/outgoing-messages.tsx"
import type { Outgoing } from "#lib/transcript/reduce-events.ts"

const sent: Outgoing = {
  key: "one",
  text: "Is anybody there?",
  files: [],
  atMs: 0,
  isAccepted: false,
  isRetrying: false,
  sentShare: null,
}

// React's development warnings fail these tests.
test("a message being sent shows its status", () => {
  const shown = renderToStaticMarkup(
    <OutgoingMessages
      outgoing={[
        sent,
        { ...sent, key: "two", isRetrying: true },
        { ...sent, key: "three", isAccepted: true },
      ]}
      onCancel={() => {}}
    />,
  )
  const notes = [...shown.matchAll(/text-right">([^<]*)</g)].map(([, note]) => note)
  expect(notes[0]).toBe("Sending…")
  expect(notes.at(-1)).toBe("Sent")
})
