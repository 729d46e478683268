import { findProfile } from "#db/queries/people.ts"
import { unauthorized } from "#lib/auth/credential.ts"
import type { Principal, VerbContext } from "#lib/auth/principal.ts"
import type { Me } from "#lib/protocol/people.ts"

/**
 * The caller, as they are now.
 * @throws AppError unauthorized when they are gone
 */
export async function describeSelf({ db }: VerbContext, principal: Principal): Promise<Me> {
  const profile = await findProfile(db, principal.tenantId, principal.userId)
  if (profile === null) throw unauthorized()
  return {
    user: {
      id: principal.userId,
      name: profile.name,
      email: profile.email,
      role: profile.role,
      ...(profile.image === null ? {} : { avatar_url: profile.image }),
    },
    tenant: { id: principal.tenantId, slug: profile.tenantSlug, name: profile.tenantName },
    credential: principal.credential.kind,
    scopes: [...principal.scopes].toSorted(),
  }
}
