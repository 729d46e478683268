import type { SessionItem } from "#lib/protocol/sessions.ts"

import { EraseAccount } from "./erase-account.tsx"
import { NameForm } from "./name-form.tsx"
import { PasswordForm } from "./password-form.tsx"
import { SessionTable } from "./session-table.tsx"
import { SettingsPage } from "./settings-page.tsx"

interface AccountViewProps {
  user: { name: string; email: string }
  hasPassword: boolean
  sessions: readonly SessionItem[]
}

/** Settings → Account: profile, password, sessions, and erasure. */
export function AccountView({ user, hasPassword, sessions }: AccountViewProps) {
  return (
    <SettingsPage title="Account">
      <section aria-labelledby="profile" className="mt-8 max-w-[360px] max-sm:mt-2">
        <h2 id="profile" className="text-h2 font-semibold">
          Profile
        </h2>
        <NameForm name={user.name} email={user.email} />
      </section>
      {hasPassword && (
        <section aria-labelledby="password" className="mt-12 max-w-[360px]">
          <h2 id="password" className="text-h2 font-semibold">
            Password
          </h2>
          <p className="text-ink-2 mt-1">Changing it signs you out everywhere else.</p>
          <PasswordForm email={user.email} />
        </section>
      )}
      <section aria-labelledby="sessions" className="mt-12">
        <SessionTable sessions={sessions} />
      </section>
      <section aria-labelledby="erase" className="mt-12 max-w-[56ch]">
        <h2 id="erase" className="text-h2 font-semibold">
          Erase my account
        </h2>
        <p className="text-ink-2 mt-1 mb-4">
          Permanently deletes your account and all your conversations. The last owner has to make
          someone else an owner first.
        </p>
        <EraseAccount hasPassword={hasPassword} />
      </section>
    </SettingsPage>
  )
}
