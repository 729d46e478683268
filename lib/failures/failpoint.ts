import { setTimeout as delay } from "node:timers/promises"

/** A named point in the code where a test can crash, fail or pause this process. */
export type Failpoint = (name: string) => Promise<void> | void

const waitMsMax = 30_000

/**
 * Parses `name=kill;name=sleep:200;name=get:http://127.0.0.1:1/x;name=throw`. `get` waits until that
 * address answers, so that a test can act in between. Without a spec every failpoint does nothing.
 */
export function createFailpoint(spec: string | undefined): Failpoint {
  if (spec === undefined) return () => {}
  const actions = new Map(
    spec.split(";").map((part): [string, string] => {
      const [name = "", ...action] = part.split("=")
      return [name.trim(), action.join("=").trim()]
    }),
  )
  return async (name) => {
    const action = actions.get(name)
    if (action === undefined) return
    if (action === "kill") process.kill(process.pid, "SIGKILL")
    else if (action === "throw") throw new Error(`failpoint ${name}`)
    else if (action.startsWith("sleep:")) await delay(Math.min(Number(action.slice(6)), waitMsMax))
    else if (action.startsWith("get:")) {
      await fetch(action.slice(4), { signal: AbortSignal.timeout(waitMsMax) })
    }
  }
}
