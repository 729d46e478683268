import { ownUserHeaders } from "#lib/client/api/own-user.ts"
import { UserStream } from "#lib/client/stream/user-stream.ts"

import type { Locks } from "./leadership.ts"
import { SharedStream } from "./shared-stream.ts"
import { openTabChannel } from "./tab-channel.ts"

/** An address without encryption has no others. Without their code, a tab is on its own. */
const messageLocks: Locks = {
  request: (name, options, hold) =>
    import("./message-locks.ts").then(
      ({ requestByMessages }) => requestByMessages(name, options, hold),
      hold,
    ),
}

/** The stream of this tab, for the person whose page it is; `start` opens it. */
export function openSharedStream(userId: string): SharedStream {
  // Tabs that an older build opened share this name, and the message `line`.
  const name = `studio.line.${userId}`
  return new SharedStream({
    locks: "locks" in navigator ? navigator.locks : messageLocks,
    openChannel: (onMessage) => openTabChannel(name, onMessage),
    lockName: name,
    createStream: (events) =>
      new UserStream({ url: "/v1/api/stream", headers: ownUserHeaders(), ...events }),
    isVisible: () => document.visibilityState === "visible",
  })
}
