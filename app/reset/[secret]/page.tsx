import type { Metadata } from "next"

import { AccountPage } from "#components/account/account-page.tsx"
import { ExpiredLink } from "#components/account/expired-link.tsx"
import { ResetForm } from "#components/account/reset-form.tsx"
import { findPasswordReset } from "#lib/people/use-password-reset.ts"
import { getRuntime } from "#lib/runtime.ts"

export const metadata: Metadata = { title: "New password" }

interface ResetPageProps {
  params: Promise<{ secret: string }>
}

export default async function ResetPage({ params }: ResetPageProps) {
  const { secret } = await params
  const reset = await findPasswordReset(await getRuntime(), secret)
  if (reset?.state !== "open") {
    return <ExpiredLink {...words[reset?.state ?? "unknown"]} />
  }
  return (
    <AccountPage>
      <h1 className="text-display font-serif text-balance">Set a new password</h1>
      <p className="text-read text-ink-2 mt-2 [overflow-wrap:anywhere]">
        For your account at {reset.tenantName}. Setting it signs you out everywhere else.
      </p>
      <ResetForm secret={secret} email={reset.email} />
    </AccountPage>
  )
}

const words = {
  used: {
    title: "Already used",
    text: "This link has already been used. If that wasn't you, ask an administrator for a new link at once.",
  },
  revoked: {
    title: "No longer valid",
    text: "A newer link replaced it, or your account has changed since. Ask an administrator for a new one.",
  },
  expired: {
    title: "This link has expired",
    text: "A reset link is valid for 24 hours. Ask an administrator for a new one.",
  },
  unknown: {
    title: "This link doesn’t work",
    text: "Part of it may be missing. Copy the whole link, or ask an administrator for a new one.",
  },
} as const
