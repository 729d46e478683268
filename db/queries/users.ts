import type { Database } from "../client.ts"

export interface ProfileRow {
  name: string
  email: string
  role: "owner" | "admin" | "member"
  image: string | null
  tenantSlug: string
  tenantName: string
}

/** Whose an address is, in whatever tenant; null = nobody's. @param email in lower case */
export async function findPersonByEmail(
  db: Database,
  email: string,
): Promise<{ userId: string; tenantId: string } | null> {
  const [row] = await db.$client<{ userId: string; tenantId: string }[]>`
    select id as "userId", tenant_id as "tenantId" from users where email = ${email}`
  return row ?? null
}

/** A person and their tenant, or null when either is gone. */
export async function findProfile(
  db: Database,
  tenantId: string,
  userId: string,
): Promise<ProfileRow | null> {
  const [row] = await db.$client<ProfileRow[]>`
    select users.name, users.email, users.role, users.image, tenants.slug as "tenantSlug",
      tenants.name as "tenantName"
    from users join tenants on tenants.id = users.tenant_id
    where users.id = ${userId} and users.tenant_id = ${tenantId}`
  return row ?? null
}
