import { chmod, chown, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"

import { findPostgresHome } from "#lib/embedded/postgres-home.ts"
import { ensurePostgres, findPostgres, stopPostgres } from "#lib/embedded/postgres.ts"

import { certificate, certificateKey } from "./certificate.ts"
import { oldestPostgres } from "./oldest-postgres.ts"
import { removeWhenOrphaned } from "./remove-when-orphaned.ts"
import { waitFor } from "./wait-for.ts"

/** A PostgreSQL of one test (or one run), which may be stopped, frozen or killed. */
export interface PrivatePostgres {
  url: string
  /** Its `cert.pem` is that of a server with `hasTls`; the socket lies here, too. */
  folder: string
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

export interface PostgresOptions {
  /** `oldest`: the oldest version that the Studio takes, as Debian has it, instead of npm's. */
  version?: "embedded" | "oldest"
  /** Encrypts for who asks for it, and listens on a socket as well. */
  hasTls?: boolean
}

export async function startPostgres(options: PostgresOptions = {}): Promise<PrivatePostgres> {
  const folder = await mkdtemp(path.join(tmpdir(), "studio-postgres-"))
  removeWhenOrphaned(folder)
  // As root the server runs as another user, who must get in.
  await chmod(folder, 0o755)
  const found = await findPostgresHome(folder)
  const home = {
    ...found,
    binaries: options.version === "oldest" ? oldestPostgres : found.binaries,
    wrap: [...found.wrap, "sh", "-c", launcher(options, folder)],
  }
  if (options.hasTls === true) await writeCertificate(folder, home.owner)
  const { url } = await ensurePostgres(home)
  const signal = async (name: NodeJS.Signals) => {
    const pid = await findPostgres(home)
    if (pid !== null) process.kill(pid, name)
  }
  return {
    url,
    folder,
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

function tlsSettings(folder: string): string[] {
  return [
    "ssl=on",
    `ssl_cert_file=${folder}/cert.pem`,
    `ssl_key_file=${folder}/key.pem`,
    `unix_socket_directories=${folder}`,
  ]
}

async function writeCertificate(folder: string, owner: number | null): Promise<void> {
  await writeFile(path.join(folder, "cert.pem"), certificate)
  await writeFile(path.join(folder, "key.pem"), certificateKey, { mode: 0o600 })
  if (owner === null) return
  await chown(path.join(folder, "key.pem"), owner, owner)
  await chown(folder, owner, owner)
}

/**
 * The data need not outlive the machine, so nothing waits for the disk; a kill loses nothing all the
 * same. Older versions have no locale of their own.
 */
function launcher({ version, hasTls = false }: PostgresOptions, folder: string): string {
  const extra = (hasTls ? tlsSettings(folder) : []).map((setting) => `-c '${setting}'`)
  const dropped = version === "oldest" ? "--locale-provider=*|--builtin-locale=*" : "''"
  return `case "$0" in
  */initdb)
    for word; do
      shift
      case "$word" in ${dropped}) ;; *) set -- "$@" "$word" ;; esac
    done
    exec "$0" "$@" --no-sync ;;
  */postgres) exec "$0" "$@" -c fsync=off ${extra.join(" ")} ;;
  *) exec "$0" "$@" ;;
esac`
}
