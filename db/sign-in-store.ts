import { drizzleAdapter } from "better-auth/adapters/drizzle"

import { newId } from "#lib/ids.ts"

import type { Database } from "./client.ts"
import { insertSession, type NewSession } from "./queries/sessions.ts"
import { accounts, sessions, users, verifications } from "./schema/people.ts"

type Adapter = ReturnType<ReturnType<typeof drizzleAdapter>>
type Creation = Parameters<Adapter["create"]>[0]

/**
 * Where better-auth keeps people, their sessions and their passwords. A session is made by a
 * statement of ours, in one transaction with its record.
 */
export function signInStore(db: Database) {
  const open = drizzleAdapter(db, {
    provider: "pg",
    schema: { user: users, session: sessions, account: accounts, verification: verifications },
  })
  return (options: Parameters<typeof open>[0]): Adapter => {
    const adapter = open(options)
    const create = async (creation: Creation) => {
      if (creation.model !== "session") return await adapter.create(creation)
      const session = { ...creation.data, id: newId() }
      return (await insertSession(db, asNewSession(session))) ? session : null
    }
    const store: Adapter = {
      ...adapter,
      // The library's generic promises whatever its caller names; for sessions that is this row.
      create: create as Adapter["create"],
      transaction: (work) => work(store),
    }
    return store
  }
}

/** What better-auth's own types call a record. @see internalAdapter.createSession of better-auth */
function asNewSession(session: Record<string, unknown> & { id: string }): NewSession {
  return session as unknown as NewSession
}
