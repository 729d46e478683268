"use client"

import { useRouter } from "next/navigation"
import { useState } from "react"

import { leftWords } from "#components/tokens/token-times.ts"
import { Button } from "#components/ui/button.tsx"
import { notify } from "#components/ui/notify.ts"
import { useNow } from "#components/ui/use-now.ts"
import { isApiError } from "#lib/client/api/api.ts"
import { revokeInvitation } from "#lib/client/api/people.ts"
import type { InvitationItem } from "#lib/protocol/people.ts"
import { visibleText } from "#lib/transcript/visible-text.ts"

import type { PeopleViewer } from "./people-viewer.ts"
import { roleNames } from "./role-names.ts"

interface InvitationTableProps {
  viewer: PeopleViewer
  invitations: readonly InvitationItem[]
}

/** Open invitations. */
export function InvitationTable({ viewer, invitations }: InvitationTableProps) {
  const now = useNow(true, 30_000)
  return (
    <section aria-labelledby="invited" className="mb-4">
      <h2
        id="invited"
        className="text-micro text-ink-3 flex h-8 items-center border-b px-6 font-medium max-sm:px-4"
      >
        Open invitations
      </h2>
      <ul>
        {invitations.map((invitation) => (
          <li
            key={invitation.id}
            className="text-ui hover:bg-sunken flex min-h-9 items-center gap-4 border-b px-6 py-1 max-sm:px-4"
          >
            <p className="min-w-0 flex-1 max-sm:py-1">
              <span className="block truncate font-medium">{invitation.email}</span>
              <span className="text-ink-3 block truncate" suppressHydrationWarning>
                {roleNames[invitation.role]} · link ends{" "}
                {leftWords(Date.parse(invitation.expires_at), now).text}
                {invitation.invited_by !== null && (
                  <> · by {visibleText(invitation.invited_by.name)}</>
                )}
              </span>
            </p>
            {(viewer.role === "owner" || invitation.role === "member") && (
              <RevokeButton invitation={invitation} />
            )}
          </li>
        ))}
      </ul>
    </section>
  )
}

function RevokeButton({ invitation }: { invitation: InvitationItem }) {
  const router = useRouter()
  const [isBusy, setBusy] = useState(false)
  const revoke = async () => {
    setBusy(true)
    try {
      await revokeInvitation(invitation.id)
      void notify(`The link for ${invitation.email} is revoked.`)
    } catch (error) {
      if (!isApiError(error)) throw error
      // Already gone: the desired state.
      if (error.status !== 404) void notify(`Not revoked. ${error.message}`)
    }
    setBusy(false)
    router.refresh()
  }
  return (
    <Button
      aria-label={`Revoke the invitation of ${invitation.email}`}
      disabled={isBusy}
      onClick={() => void revoke()}
    >
      {isBusy ? "Revoking…" : "Revoke"}
    </Button>
  )
}
