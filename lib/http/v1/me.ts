import { findProfile } from "#db/queries/users.ts"
import { unauthorized } from "#lib/auth/credential.ts"
import { me, type Me } from "#lib/protocol/people.ts"

import { jsonReply } from "../reply.ts"
import { route } from "../route.ts"

export const get = route({
  method: "GET",
  path: "/v1/api/me",
  summary: "Who the credential stands for",
  scope: null,
  replies: { 200: { description: "The caller.", shape: me } },
  async run({ runtime, principal }) {
    const profile = await findProfile(runtime.db, principal.tenantId, principal.userId)
    if (profile === null) throw unauthorized()
    const body: Me = {
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
    return jsonReply(200, body)
  },
})
