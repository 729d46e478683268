"use client"

import { useState, type ReactNode, type SubmitEvent } from "react"

import { Button } from "#components/ui/button.tsx"
import { Notice } from "#components/ui/notice.tsx"
import { useHydrated } from "#components/ui/use-hydrated.ts"
import { callApi, isApiError, type ApiError } from "#lib/client/api.ts"

interface AccountFormProps {
  /** Where the fields are posted, as JSON. */
  action: string
  /** Where to go afterwards: a path of ours. */
  next: string
  submit: string
  submitting: string
  children: (failure: ApiError | null) => ReactNode
}

/** Posts its fields as JSON and, when that worked, loads the next page anew with its cookie. */
export function AccountForm({ action, next, submit, submitting, children }: AccountFormProps) {
  const [failure, setFailure] = useState<ApiError | null>(null)
  const [isBusy, setBusy] = useState(false)
  // Before that the browser would post the password as a form of its own.
  const isReady = useHydrated()

  async function send(event: SubmitEvent<HTMLFormElement>) {
    event.preventDefault()
    const fields = Object.fromEntries(new FormData(event.currentTarget))
    setBusy(true)
    try {
      await callApi("POST", action, { body: fields, timeoutMs: 30_000 })
      window.location.assign(next)
    } catch (error) {
      if (!isApiError(error)) throw error
      setFailure(error)
      setBusy(false)
    }
  }

  return (
    <form className="mt-8 space-y-5" method="post" onSubmit={(event) => void send(event)}>
      {failure !== null && failure.code !== "invalid_field" && <Notice>{failure.message}</Notice>}
      {children(failure)}
      <Button
        type="submit"
        look="ink"
        size="large"
        className="w-full"
        disabled={isBusy || !isReady}
      >
        {isBusy ? submitting : submit}
      </Button>
    </form>
  )
}
