"use client"

import { useRouter } from "next/navigation"
import { useState } from "react"

import { usedWords } from "#components/tokens/token-times.ts"
import { Button } from "#components/ui/button.tsx"
import { ConfirmDialog } from "#components/ui/confirm-dialog.tsx"
import { notify } from "#components/ui/notify.ts"
import { useNow } from "#components/ui/use-now.ts"
import { When } from "#components/ui/when.tsx"
import { endOtherSessions, endSession } from "#lib/client/api/account.ts"
import { isApiError } from "#lib/client/api/api.ts"
import type { SessionItem } from "#lib/protocol/sessions.ts"

/** The account's sessions, with a button to end each. */
export function SessionTable({ sessions }: { sessions: readonly SessionItem[] }) {
  const router = useRouter()
  const [isAsking, setAsking] = useState(false)
  const now = useNow(true, 30_000)
  const endOthers = async () => {
    await endOtherSessions()
    setAsking(false)
    void notify("You are signed out everywhere else.")
    router.refresh()
  }
  return (
    <>
      <div className="flex items-end gap-6 max-sm:block">
        <div className="flex-1">
          <h2 id="sessions" className="text-h2 font-semibold">
            Sessions
          </h2>
          <p className="text-ink-2 mt-1 max-w-[56ch]">
            A session ends after 12 hours without use, and after 7 days at the latest. With “Keep me
            signed in” it ends after 30 days without use, and after a year at the latest.
          </p>
        </div>
        {sessions.length > 1 && (
          <Button look="line" className="max-sm:mt-4 max-sm:w-full" onClick={() => setAsking(true)}>
            Sign out everywhere else
          </Button>
        )}
      </div>
      <ul className="mt-4 border-t">
        {sessions.map((session) => (
          <SessionRow key={session.id} session={session} now={now} />
        ))}
      </ul>
      {isAsking && (
        <ConfirmDialog
          title="Sign out everywhere else?"
          keep="Stay signed in"
          act="Sign out"
          acting="Signing out…"
          onAct={endOthers}
          onClose={() => setAsking(false)}
        >
          Every session but this one ends. Tokens keep working.
        </ConfirmDialog>
      )}
    </>
  )
}

function SessionRow({ session, now }: { session: SessionItem; now: number }) {
  const router = useRouter()
  const [isBusy, setBusy] = useState(false)
  const end = async () => {
    setBusy(true)
    try {
      await endSession(session.id)
    } catch (error) {
      if (!isApiError(error)) throw error
      // Already ended: the desired state.
      if (error.status !== 404) void notify(`Not ended. ${error.message}`)
    }
    setBusy(false)
    router.refresh()
  }
  return (
    <li className="text-ui flex min-h-13 items-center gap-4 border-b py-2">
      <div className="min-w-0 flex-1">
        <p className="truncate font-medium">{session.device}</p>
        <p className="text-ink-3 truncate">
          {session.address !== null && <>{session.address} · </>}
          {session.is_current ? (
            "in use now"
          ) : (
            <>
              used{" "}
              <When
                time={session.last_active_at}
                words={(moment, timeZone) => usedWords(moment, now, timeZone)}
              />
            </>
          )}
          {" · since "}
          <When
            time={session.created_at}
            words={(moment, timeZone) => usedWords(moment, now, timeZone)}
          />
          {session.is_kept && " · stays signed in"}
        </p>
      </div>
      {session.is_current ? (
        <span className="text-accent font-medium">This device</span>
      ) : (
        <Button
          aria-label={`End the session ${session.device}`}
          disabled={isBusy}
          onClick={() => void end()}
        >
          {isBusy ? "Ending…" : "End"}
        </Button>
      )}
    </li>
  )
}
