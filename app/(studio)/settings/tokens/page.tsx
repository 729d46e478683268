import type { Metadata } from "next"

import { TokensView } from "#components/tokens/tokens-view.tsx"
import { isAdmin } from "#lib/auth/principal.ts"
import { honouredScopes } from "#lib/http/honoured-scopes.ts"
import { routes } from "#lib/http/routes.ts"
import { listTokens } from "#lib/tokens/list-tokens.ts"

import { requireSignedIn } from "../../signed-in.ts"

export const metadata: Metadata = { title: "Tokens" }

export default async function TokensPage() {
  const { runtime, principal } = await requireSignedIn("/settings/tokens")
  const tokens = await listTokens(runtime.db, principal)
  return (
    <TokensView
      tokens={tokens}
      canGrantAdmin={isAdmin(principal)}
      honoured={honouredScopes(routes)}
    />
  )
}
