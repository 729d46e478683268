"use client"

import { useState } from "react"

import { Button } from "#components/ui/button.tsx"
import { Notice } from "#components/ui/notice.tsx"
import { useHydrated } from "#components/ui/use-hydrated.ts"
import { callApi, isApiError } from "#lib/client/api/api.ts"

interface SingleSignOnButtonProps {
  /** Display name of the identity provider. */
  name: string
  /** Path within the Studio to open afterwards. */
  next: string
}

/** Redirects to the identity provider, which redirects back. */
export function SingleSignOnButton({ name, next }: SingleSignOnButtonProps) {
  const [failure, setFailure] = useState<string | null>(null)
  const [isBusy, setBusy] = useState(false)
  const isReady = useHydrated()

  async function start() {
    setBusy(true)
    try {
      const options = { body: { next }, timeoutMs: 30_000 }
      const answer = await callApi("POST", "/api/auth/single-sign-on", options)
      window.location.assign(String(Reflect.get(Object(answer), "url")))
    } catch (error) {
      if (!isApiError(error)) throw error
      setFailure(error.message)
      setBusy(false)
    }
  }

  return (
    <div className="mt-4 space-y-4">
      {failure !== null && <Notice>{failure}</Notice>}
      <Button
        look="line"
        size="large"
        className="w-full"
        disabled={isBusy || !isReady}
        onClick={() => void start()}
      >
        {isBusy ? "One moment…" : `Continue with ${name}`}
      </Button>
    </div>
  )
}
