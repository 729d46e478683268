import postgres from "postgres"

/** One idle connection that shows a database server: "somebody uses you". */
export interface Presence {
  /** Connections of clients besides this one, or 0 when the server is gone. */
  countOthers(): Promise<number>
  close(): Promise<void>
}

/** @throws Error when the server does not answer within two seconds */
export async function openPresence(url: string): Promise<Presence> {
  const client = postgres(url, {
    max: 1,
    connect_timeout: 2,
    max_lifetime: null,
    keep_alive: 10,
    fetch_types: false,
    onnotice: () => {},
    connection: { application_name: "studio-presence", statement_timeout: 2_000 },
  })
  await client`select 1`
  return {
    async countOthers() {
      const [row] = await client<{ others: number }[]>`
        select count(*)::int as others from pg_stat_activity
        where backend_type = 'client backend' and pid <> pg_backend_pid()`
      return row?.others ?? 0
    },
    async close() {
      await client.end({ timeout: 1 })
    },
  }
}
