import { drizzleAdapter } from "better-auth/adapters/drizzle"

import type { Database } from "./client.ts"
import { accounts, sessions, users, verifications } from "./schema/people.ts"

/** Where better-auth keeps people, their sessions and their passwords. */
export function signInStore(db: Database) {
  return drizzleAdapter(db, {
    provider: "pg",
    schema: { user: users, session: sessions, account: accounts, verification: verifications },
  })
}
