import type { Database } from "../client.ts"

/** The addresses from which an account was last signed in to, as its tenant's records say. */
export async function listSignInAddresses(db: Database, email: string): Promise<string[]> {
  const rows = await db.$client<{ address: string }[]>`
    select distinct address from (
      select audit.address
      from users join audit on audit.tenant_id = users.tenant_id and audit.actor_id = users.id
      where users.email = ${email} and audit.action = 'session.created'
        and audit.address is not null
      order by audit.at desc
      limit 500
    ) recent`
  return rows.map((row) => row.address)
}
