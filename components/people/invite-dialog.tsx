"use client"

import { useId, useState, type SubmitEvent } from "react"

import { Button } from "#components/ui/button.tsx"
import { Dialog } from "#components/ui/dialog.tsx"
import { Field } from "#components/ui/field.tsx"
import { Notice } from "#components/ui/notice.tsx"
import { Segments } from "#components/ui/segments.tsx"
import { isApiError, type ApiError } from "#lib/client/api/api.ts"
import { invitePerson } from "#lib/client/api/people.ts"
import type { MadeInvitation } from "#lib/protocol/people.ts"

interface InviteDialogProps {
  canInviteAdmins: boolean
  onInvited: (made: MadeInvitation) => void
  onClose: () => void
}

const choices = [
  { value: "member", name: "Member" },
  { value: "admin", name: "Admin" },
] as const

const roleHints = {
  member: "Chats with agents, and sees only their own conversations.",
  admin: "Also reads everybody's conversations, and manages agents and members.",
} as const

export function InviteDialog({ canInviteAdmins, onInvited, onClose }: InviteDialogProps) {
  const title = useId()
  const hint = useId()
  const [email, setEmail] = useState("")
  const [role, setRole] = useState<"member" | "admin">("member")
  const [failure, setFailure] = useState<ApiError | null>(null)
  const [isBusy, setBusy] = useState(false)
  const submit = async (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault()
    setBusy(true)
    try {
      onInvited(await invitePerson({ email, role }))
    } catch (error) {
      if (!isApiError(error)) throw error
      setFailure(error)
      setBusy(false)
    }
  }
  return (
    <Dialog
      labelledBy={title}
      onClose={onClose}
      className="mt-[16vh] w-[440px] max-sm:mt-auto max-sm:mb-2"
    >
      <form className="space-y-5 p-6 max-sm:p-4" onSubmit={(event) => void submit(event)}>
        <div>
          <h2 id={title} className="text-read font-semibold">
            Invite somebody
          </h2>
          <p className="text-ink-2 mt-1">
            You get a link to share. It creates one account for this address and is valid for 7
            days.
          </p>
        </div>
        {failure !== null && failure.field !== "email" && <Notice>{failure.message}</Notice>}
        <Field
          label="E-mail"
          type="email"
          data-first-focus
          required
          autoComplete="off"
          value={email}
          error={failure?.field === "email" ? failure.message : null}
          onChange={(event) => setEmail(event.currentTarget.value)}
        />
        {canInviteAdmins && (
          <div>
            <p className="text-ui mb-1.5 font-medium" aria-hidden="true">
              Role
            </p>
            <Segments
              label="Role"
              describedBy={hint}
              value={role}
              options={choices}
              onChange={setRole}
            />
            <p id={hint} className="text-ui text-ink-3 mt-1.5">
              {roleHints[role]}
            </p>
          </div>
        )}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button look="ink" type="submit" disabled={isBusy}>
            {isBusy ? "Inviting…" : "Create the link"}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
