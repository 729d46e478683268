import { chmod, chown, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"

import { findPostgresHome } from "#lib/embedded/postgres-home.ts"
import { ensurePostgres, findPostgres, stopPostgres } from "#lib/embedded/postgres.ts"

import { certificate, certificateKey } from "./certificate.ts"
import { oldestPostgres } from "./oldest-postgres.ts"
import { removeWhenOrphaned } from "./remove-when-orphaned.ts"
import { waitFor } from "./wait-for.ts"

/** A PostgreSQL server of one test (or one run), which can be stopped, frozen or killed. */
export interface PrivatePostgres {
  url: string
  /** `cert.pem` is the certificate of a server with `hasTls`; also holds the socket. */
  folder: string
  /** SIGSTOP to the postmaster: open connections continue, new ones hang. */
  pause(): Promise<void>
  /** SIGCONT. */
  resume(): Promise<void>
  /** SIGKILL to the postmaster; its children exit by themselves. */
  kill(): Promise<void>
  /** Restarts it on the same port and data after a `kill`. */
  restart(): Promise<void>
  /** Stops it and removes its folder. */
  stop(): Promise<void>
}

interface PostgresOptions {
  /** `oldest`: the oldest supported version from Debian instead of the npm package. */
  version?: "embedded" | "oldest"
  /** Accepts TLS, and listens on a Unix socket as well. */
  hasTls?: boolean
}

export async function startPostgres(options: PostgresOptions = {}): Promise<PrivatePostgres> {
  const folder = await mkdtemp(path.join(tmpdir(), "studio-postgres-"))
  removeWhenOrphaned(folder)
  // As root the server runs as another user, who needs access.
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
 * The data need not survive the machine, so fsync is off; a kill loses nothing nevertheless. Older
 * versions have no built-in locale.
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
