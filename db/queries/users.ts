import type { Database } from "../client.ts"

export interface ProfileRow {
  name: string
  email: string
  role: "owner" | "admin" | "member"
  image: string | null
  tenantSlug: string
  tenantName: string
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
