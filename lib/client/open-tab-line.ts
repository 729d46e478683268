import { ownUserHeaders } from "./own-user.ts"
import { openTabChannel } from "./tab-channel.ts"
import { TabLine } from "./tab-line.ts"
import { UserLine } from "./user-line.ts"

/** The line of this tab, for the person whose page it is. It has to be started. */
export function openTabLine(userId: string): TabLine {
  const name = `studio.line.${userId}`
  const mayShare = "locks" in navigator && "BroadcastChannel" in globalThis
  return new TabLine({
    locks: mayShare ? navigator.locks : null,
    openChannel: mayShare ? (onMessage) => openTabChannel(name, onMessage) : null,
    lockName: name,
    createLine: (events) =>
      new UserLine({ url: "/v1/api/stream", headers: ownUserHeaders(), ...events }),
    isVisible: () => document.visibilityState === "visible",
  })
}
