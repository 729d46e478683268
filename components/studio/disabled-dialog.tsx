"use client"

import { useEffect, useId, useState } from "react"

import { Button } from "#components/ui/button.tsx"
import { Dialog } from "#components/ui/dialog.tsx"
import { isDisabled } from "#lib/client/api/account.ts"

/** Explains to a person that an administrator has disabled their account. */
export function DisabledDialog() {
  const title = useId()
  const note = useId()
  const [isShown, setShown] = useState(false)
  useEffect(() => {
    let isGone = false
    void isDisabled().then((answer) => isGone || setShown(answer))
    return () => {
      isGone = true
    }
  }, [])
  if (!isShown) return null
  return (
    <Dialog
      isAlert
      labelledBy={title}
      describedBy={note}
      onClose={() => {}}
      className="mt-[24vh] w-[440px] max-sm:mt-auto max-sm:mb-2"
    >
      <div className="p-6 max-sm:p-4">
        <h2 id={title} className="text-read font-semibold">
          Your account is disabled
        </h2>
        <p id={note} className="text-ink-2 mt-1">
          An administrator of this Studio has disabled it, so nothing can be read or sent from here.
          Your conversations are kept. Ask an administrator to enable your account, then sign in
          again.
        </p>
        <div className="mt-6 flex justify-end">
          <Button look="line" data-first-focus onClick={() => window.location.assign("/sign-in")}>
            Go to sign-in
          </Button>
        </div>
      </div>
    </Dialog>
  )
}
