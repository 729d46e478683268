import type { Database } from "../client.ts"

interface ProfileRow {
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
    select id as user_id, tenant_id from users where email = ${email}`
  return row ?? null
}

/** A person and their tenant, or null when either is gone. */
export async function findProfile(
  db: Database,
  tenantId: string,
  userId: string,
): Promise<ProfileRow | null> {
  const [row] = await db.$client<ProfileRow[]>`
    select users.name, users.email, users.role, users.image, tenants.slug as tenant_slug,
      tenants.name as tenant_name
    from users join tenants on tenants.id = users.tenant_id
    where users.id = ${userId} and users.tenant_id = ${tenantId}`
  return row ?? null
}

/** Keeps the zone a person is in; writes nothing when it is kept already. */
export async function updateTimeZone(
  db: Database,
  tenantId: string,
  userId: string,
  timeZone: string,
): Promise<void> {
  await db.$client`
    update users set time_zone = ${timeZone}
    where id = ${userId} and tenant_id = ${tenantId} and erased_at is null
      and time_zone is distinct from ${timeZone}`
}
