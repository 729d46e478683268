"use client"

import { useState, type ReactNode, type SubmitEvent } from "react"

import { Button } from "#components/ui/button.tsx"
import { Notice } from "#components/ui/notice.tsx"
import { useHydrated } from "#components/ui/use-hydrated.ts"
import { callApi, isApiError, type ApiError } from "#lib/client/api/api.ts"

interface AccountFormProps {
  /** The endpoint that receives the fields as JSON. */
  action: string
  /** Path within the Studio to open afterwards. */
  next: string
  submit: string
  submitting: string
  children: (failure: ApiError | null) => ReactNode
}

/**
 * Posts its fields as JSON and, on success, does a full page load so that the new cookie applies.
 */
export function AccountForm({ action, next, submit, submitting, children }: AccountFormProps) {
  const [failure, setFailure] = useState<ApiError | null>(null)
  const [isBusy, setBusy] = useState(false)
  // Until hydration, a submit would be a native form post and put the password in the address.
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
