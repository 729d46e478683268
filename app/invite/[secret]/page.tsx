import type { Metadata } from "next"

import { AccountPage } from "#components/account/account-page.tsx"
import { ExpiredLink } from "#components/account/expired-link.tsx"
import { InvitationForm } from "#components/account/invitation-form.tsx"
import { findInvitation } from "#lib/people/accept-invitation.ts"
import { getRuntime } from "#lib/runtime.ts"

export const metadata: Metadata = { title: "Invitation" }

interface InvitationPageProps {
  params: Promise<{ secret: string }>
}

export default async function InvitationPage({ params }: InvitationPageProps) {
  const { secret } = await params
  const invitation = await findInvitation(await getRuntime(), secret)
  if (invitation?.state !== "open") {
    return <ExpiredLink {...words[invitation?.state ?? "unknown"]} />
  }
  const { tenantName, inviterName, email } = invitation
  return (
    <AccountPage>
      <h1 className="text-display font-serif text-balance [overflow-wrap:anywhere]">
        Join {tenantName}
      </h1>
      <p className="text-read text-ink-2 mt-2 [overflow-wrap:anywhere]">
        {inviterName === null ? "You have been invited" : `${inviterName} has invited you`} as{" "}
        {roleWords[invitation.role]}.
      </p>
      <InvitationForm secret={secret} email={email} />
    </AccountPage>
  )
}

const roleWords = { owner: "its owner", admin: "an administrator", member: "a member" } as const

const words = {
  accepted: {
    title: "Already used",
    text: "This link has already been used. If that was you, sign in with your password.",
  },
  revoked: {
    title: "No longer valid",
    text: "This invitation was revoked or replaced by a newer one. Ask the person who invited you for a new link.",
  },
  expired: {
    title: "This link has expired",
    text: "An invitation is valid for 7 days. Ask the person who invited you for a new link.",
  },
  unknown: {
    title: "This link doesn’t work",
    text: "Part of it may be missing. Copy the whole link, or ask the person who invited you for a new one.",
  },
} as const
