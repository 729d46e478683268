import type { Metadata } from "next"

import { AccountView } from "#components/settings/account-view.tsx"
import { hasPassword } from "#lib/auth/change-password.ts"
import { listSessions } from "#lib/auth/list-sessions.ts"

import { requireSignedIn } from "../../signed-in.ts"

export const metadata: Metadata = { title: "Account" }

export default async function AccountPage() {
  const { runtime, principal } = await requireSignedIn("/settings/account")
  return (
    <AccountView
      user={principal}
      hasPassword={await hasPassword(runtime, principal)}
      sessions={await listSessions(runtime.db, principal)}
    />
  )
}
