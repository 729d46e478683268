import type { Metadata } from "next"
import { headers } from "next/headers"
import { redirect } from "next/navigation"

import { AccountPage } from "#components/account/account-page.tsx"
import { SignInForm } from "#components/account/sign-in-form.tsx"
import { ownPath } from "#lib/auth/own-path.ts"
import { isSetupOpen } from "#lib/auth/owner-setup.ts"
import { findSessionPrincipal } from "#lib/auth/session-principal.ts"
import { getRuntime } from "#lib/runtime.ts"

export const metadata: Metadata = { title: "Sign in" }

interface SignInPageProps {
  searchParams: Promise<Record<string, string | string[] | undefined>>
}

export default async function SignInPage({ searchParams }: SignInPageProps) {
  const runtime = await getRuntime()
  const next = ownPath((await searchParams)["next"])
  if (await isSetupOpen(runtime)) redirect("/setup")
  if ((await findSessionPrincipal(runtime, await headers())) !== null) redirect(next)
  return (
    <AccountPage>
      <h1 className="text-display font-serif">Welcome back</h1>
      <SignInForm next={next} />
      <p className="text-ui text-ink-3 mt-6">
        New here? Ask the owner of this Studio for an account.
      </p>
    </AccountPage>
  )
}
