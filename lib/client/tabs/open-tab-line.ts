import { ownUserHeaders } from "#lib/client/api/own-user.ts"
import { UserLine } from "#lib/client/stream/user-line.ts"

import type { Locks } from "./leadership.ts"
import { openTabChannel } from "./tab-channel.ts"
import { TabLine } from "./tab-line.ts"

/** An address without encryption has no others. Without their code, a tab is on its own. */
const messageLocks: Locks = {
  request: (name, options, hold) =>
    import("./message-locks.ts").then(
      ({ requestByMessages }) => requestByMessages(name, options, hold),
      hold,
    ),
}

/** The line of this tab, for the person whose page it is. It has to be started. */
export function openTabLine(userId: string): TabLine {
  const name = `studio.line.${userId}`
  return new TabLine({
    locks: "locks" in navigator ? navigator.locks : messageLocks,
    openChannel: (onMessage) => openTabChannel(name, onMessage),
    lockName: name,
    createLine: (events) =>
      new UserLine({ url: "/v1/api/stream", headers: ownUserHeaders(), ...events }),
    isVisible: () => document.visibilityState === "visible",
  })
}
