import type { Metadata } from "next"

import { AccountPage } from "#components/account/account-page.tsx"
import { InvitationForm } from "#components/account/invitation-form.tsx"
import { LinkOver } from "#components/account/link-over.tsx"
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
    return <LinkOver {...words[invitation?.state ?? "unknown"]} />
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
    text: "An account has been made with this link. If it was you, sign in with your password.",
  },
  revoked: {
    title: "No longer valid",
    text: "This invitation was taken back, or a newer one has taken its place. Ask whoever invited you for a new link.",
  },
  expired: {
    title: "This link is too old",
    text: "An invitation is good for 7 days. Ask whoever invited you for a new link.",
  },
  unknown: {
    title: "This link leads nowhere",
    text: "Part of it may be missing: copy it whole, or ask whoever invited you for a new one.",
  },
} as const
