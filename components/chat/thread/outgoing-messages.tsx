"use client"

import { SendingNote } from "#components/chat/composer/sending-note.tsx"
import { OwnMessage } from "#components/chat/turn/own-message.tsx"
import type { Outgoing } from "#lib/transcript/reduce-events.ts"

interface OutgoingMessagesProps {
  outgoing: readonly Outgoing[]
  onCancel: (key: string) => void
}

/** Sent messages that the journal does not contain yet, at the end of the thread. */
export function OutgoingMessages({ outgoing, onCancel }: OutgoingMessagesProps) {
  return outgoing.map((sent) => (
    <div key={sent.key} className="not-first:mt-8">
      <OwnMessage
        text={sent.text}
        files={sent.files}
        atMs={null}
        note={<SendingNote sent={sent} onCancel={() => onCancel(sent.key)} />}
      />
    </div>
  ))
}
