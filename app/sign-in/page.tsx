import type { Metadata } from "next"
import { headers } from "next/headers"
import { redirect } from "next/navigation"

import { AccountPage } from "#components/account/account-page.tsx"
import { PublicAddressNotice } from "#components/account/public-address-notice.tsx"
import { SignInForm } from "#components/account/sign-in-form.tsx"
import { SingleSignOnButton } from "#components/account/single-sign-on-button.tsx"
import { Notice } from "#components/ui/notice.tsx"
import { ownPath } from "#lib/auth/own-path.ts"
import { isSetupOpen } from "#lib/auth/owner-setup.ts"
import { identifySession } from "#lib/auth/session-principal.ts"
import { refusalWords } from "#lib/auth/single-sign-on.ts"
import { getRuntime } from "#lib/runtime.ts"

export const metadata: Metadata = { title: "Sign in" }

interface SignInPageProps {
  searchParams: Promise<Record<string, string | string[] | undefined>>
}

export default async function SignInPage({ searchParams }: SignInPageProps) {
  const runtime = await getRuntime()
  const query = await searchParams
  const next = ownPath(query["next"])
  if (await isSetupOpen(runtime)) redirect("/setup")
  const known = await identifySession(runtime, await headers())
  if (known !== null && known !== "disabled") redirect(next)
  const refusal = refusalWords(known === "disabled" ? "account_disabled" : query["error"])
  return (
    <AccountPage>
      <h1 className="text-display font-serif">Welcome back</h1>
      {refusal !== null && (
        <div className="mt-6">
          <Notice>{refusal}</Notice>
        </div>
      )}
      <PublicAddressNotice address={runtime.env.STUDIO_PUBLIC_URL} />
      {query["erased"] === "1" && (
        <output className="rounded-3 bg-accent-soft text-ui mt-6 block px-3 py-2.5">
          Your account is erased. Your conversations will be deleted within minutes.
        </output>
      )}
      <SignInForm next={next} />
      {runtime.signIn.singleSignOn !== null && (
        <SingleSignOnButton name={runtime.env.STUDIO_OIDC_NAME} next={next} />
      )}
      <p className="text-ui text-ink-3 mt-6">
        Forgot your password? Ask an administrator for a reset link. New here? Ask them for an
        invitation.
      </p>
    </AccountPage>
  )
}
