import type { TransactionSql } from "postgres"

import type { Database } from "../client.ts"

/** Tokens a tenant may use in a calendar month; null = as many as it likes. */
export async function getTokenLimit(db: Database, tenantId: string): Promise<number | null> {
  const [row] = await db.$client<{ monthlyTokenLimit: number | null }[]>`
    select monthly_token_limit from tenants where id = ${tenantId}`
  return row?.monthlyTokenLimit ?? null
}

/** @returns the limit it replaces */
export async function updateTokenLimit(
  sql: TransactionSql,
  tenantId: string,
  limit: number | null,
): Promise<number | null> {
  const [row] = await sql<{ before: number | null }[]>`
    update tenants set monthly_token_limit = ${limit}
    from (select id, monthly_token_limit as before from tenants where id = ${tenantId} for update) old
    where tenants.id = old.id
    returning old.before`
  return row?.before ?? null
}
