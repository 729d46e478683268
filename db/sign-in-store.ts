import { createHash } from "node:crypto"

import { drizzleAdapter } from "better-auth/adapters/drizzle"

import { newId } from "#lib/ids.ts"
import { limits } from "#lib/protocol/limits.ts"

import type { Database } from "./client.ts"
import { insertSession, type NewSession } from "./queries/sessions.ts"
import { query } from "./query.ts"
import { accounts, sessions, users, verifications } from "./schema/people.ts"

type Adapter = ReturnType<ReturnType<typeof drizzleAdapter>>
type Creation = Parameters<Adapter["create"]>[0]
type Condition = Parameters<Adapter["findOne"]>[0]["where"][number]

interface Query {
  model: string
  where?: Condition[] | undefined
}

/**
 * Where better-auth keeps people, their sessions and their passwords. A session is made by a
 * statement of ours, in one transaction with its record. Of its secret only the hash is kept: with
 * what is in the table, or in a backup, nobody is signed in.
 */
export function signInStore(db: Database) {
  const open = drizzleAdapter(query(db.$client), {
    provider: "pg",
    schema: { user: users, session: sessions, account: accounts, verification: verifications },
  })
  return (options: Parameters<typeof open>[0]): Adapter => {
    const adapter = open(options)
    const create = async (creation: Creation) => {
      if (creation.model !== "session") return await adapter.create(creation)
      const session = newSession({ ...creation.data, id: newId() })
      const stored = { ...session, token: hashOfSecret(session.token) }
      return (await insertSession(db, stored)) ? session : null
    }
    const store: Adapter = {
      ...adapter,
      // The library's generic promises whatever its caller names; for sessions that is this row.
      create: create as Adapter["create"],
      async findOne<T>(query: Parameters<Adapter["findOne"]>[0]) {
        const row = await adapter.findOne<T>(asStored(query))
        const secret = query.where.find((condition) => isSecret(query, condition))?.value
        return row === null || secret === undefined ? row : { ...row, token: secret }
      },
      findMany: (query) => adapter.findMany(asStored(query)),
      update: (query) => adapter.update(asStored(query)),
      delete: (query) => adapter.delete(asStored(query)),
      deleteMany: (query) => adapter.deleteMany(asStored(query)),
      transaction: (work) => work(store),
    }
    return store
  }
}

function asStored<T extends Query>(query: T): T {
  const where = query.where?.map((condition) =>
    isSecret(query, condition)
      ? { ...condition, value: hashOfSecret(String(condition.value)) }
      : condition,
  )
  return { ...query, ...(where === undefined ? {} : { where }) }
}

function isSecret({ model }: Query, { field, value }: Condition): boolean {
  return model === "session" && field === "token" && typeof value === "string"
}

/** Random enough that a plain hash cannot be tried out. The migration that began it has the same. */
function hashOfSecret(secret: string): string {
  return createHash("sha256").update(secret).digest("hex")
}

/** One that is not kept ends sooner than the library, which knows one length of life, says. */
function newSession(data: Record<string, unknown> & { id: string }): NewSession {
  const session = asNewSession(data)
  if (session.isKept === true) return session
  return { ...session, expiresAt: new Date(Date.now() + limits.sessionSeconds * 1000) }
}

/** What better-auth's own types call a record. @see internalAdapter.createSession of better-auth */
function asNewSession(session: Record<string, unknown> & { id: string }): NewSession {
  return session as unknown as NewSession
}
