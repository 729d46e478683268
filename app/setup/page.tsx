import type { Metadata } from "next"
import { headers } from "next/headers"
import { redirect } from "next/navigation"

import { AccountPage } from "#components/account/account-page.tsx"
import { PublicAddressNotice } from "#components/account/public-address-notice.tsx"
import { SetupForm } from "#components/account/setup-form.tsx"
import { isSetupOpen, needsSetupCode } from "#lib/auth/owner-setup.ts"
import { visitorOf } from "#lib/auth/visitor.ts"
import { getRuntime } from "#lib/runtime.ts"

export const metadata: Metadata = { title: "Set up" }

export default async function SetupPage() {
  const runtime = await getRuntime()
  if (!(await isSetupOpen(runtime))) redirect("/sign-in")
  return (
    <AccountPage>
      <h1 className="text-display font-serif text-balance">Set up your Studio</h1>
      <p className="text-read text-ink-2 mt-2">
        No one has signed in yet. The first account owns this installation.
      </p>
      <PublicAddressNotice address={runtime.env.STUDIO_PUBLIC_URL} />
      <SetupForm asksForCode={needsSetupCode(runtime, visitorOf(await headers()))} />
    </AccountPage>
  )
}
