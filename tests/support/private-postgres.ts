import { chmod, mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"

import { findPostgresHome } from "#lib/embedded/postgres-home.ts"
import { ensurePostgres, findPostgres, stopPostgres } from "#lib/embedded/postgres.ts"

import { removeWhenOrphaned } from "./remove-when-orphaned.ts"
import { waitFor } from "./wait-for.ts"

/** A PostgreSQL of one test (or one run), which may be stopped, frozen or killed. */
export interface PrivatePostgres {
  url: string
  /** SIGSTOP to the postmaster: connections that are open go on, new ones hang. */
  pause(): Promise<void>
  /** SIGCONT. */
  resume(): Promise<void>
  /** SIGKILL to the postmaster; its children end by themselves. */
  kill(): Promise<void>
  /** Starts it again on the same port and data after a `kill`. */
  restart(): Promise<void>
  /** Ends it and removes its folder. */
  stop(): Promise<void>
}

/** Its data need not outlive the machine, so nothing waits for the disk; a kill loses nothing all the same. */
const withoutSync = [
  "sh",
  "-c",
  `case "$0" in
  */initdb) exec "$0" "$@" --no-sync ;;
  */postgres) exec "$0" "$@" -c fsync=off ;;
  *) exec "$0" "$@" ;;
esac`,
]

export async function startPostgres(): Promise<PrivatePostgres> {
  const folder = await mkdtemp(path.join(tmpdir(), "studio-postgres-"))
  removeWhenOrphaned(folder)
  // As root the server runs as another user, who must get in.
  await chmod(folder, 0o755)
  const found = await findPostgresHome(folder)
  const home = { ...found, wrap: [...found.wrap, ...withoutSync] }
  const { url } = await ensurePostgres(home)
  const signal = async (name: NodeJS.Signals) => {
    const pid = await findPostgres(home)
    if (pid !== null) process.kill(pid, name)
  }
  return {
    url,
    pause: () => signal("SIGSTOP"),
    resume: () => signal("SIGCONT"),
    async kill() {
      await signal("SIGKILL")
      await waitFor(async () => (await findPostgres(home)) === null)
    },
    async restart() {
      const again = await ensurePostgres(home)
      if (again.url !== url) throw new Error("The port was taken meanwhile.")
    },
    async stop() {
      await signal("SIGCONT")
      await stopPostgres(home)
      await rm(folder, { recursive: true, force: true })
    },
  }
}
