"use client"

import { useRouter } from "next/navigation"
import { useState } from "react"

import { notify } from "#components/ui/notify.ts"
import { isApiError, type ApiError } from "#lib/client/api/api.ts"

/** Saves a form, confirms it and refreshes the page; an error appears beside its field. */
export function useSave(said: string) {
  const router = useRouter()
  const [failure, setFailure] = useState<ApiError | null>(null)
  const [isBusy, setBusy] = useState(false)
  const save = async (action: () => Promise<void>): Promise<boolean> => {
    setBusy(true)
    setFailure(null)
    try {
      await action()
      void notify(said)
      router.refresh()
      return true
    } catch (error) {
      if (!isApiError(error)) throw error
      setFailure(error)
      return false
    } finally {
      setBusy(false)
    }
  }
  return { failure, isBusy, save }
}
