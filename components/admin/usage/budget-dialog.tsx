"use client"

import { useId, useState, type FormEvent } from "react"

import { Button } from "#components/ui/button.tsx"
import { Dialog } from "#components/ui/dialog.tsx"
import { Field } from "#components/ui/field.tsx"
import { callApi, isApiError } from "#lib/client/api/api.ts"

interface BudgetDialogProps {
  limit: number | null
  onSaved: () => void
  onClose: () => void
}

/** Sets or removes the tenant's monthly token limit. */
export function BudgetDialog({ limit, onSaved, onClose }: BudgetDialogProps) {
  const title = useId()
  const [problem, setProblem] = useState<string | null>(null)
  const [isBusy, setBusy] = useState(false)
  const save = async (next: number | null) => {
    setBusy(true)
    try {
      await callApi("PATCH", "/v1/admin/budget", { body: { monthly_token_limit: next } })
      onSaved()
    } catch (error) {
      if (!isApiError(error)) throw error
      setProblem(error.message)
      setBusy(false)
    }
  }
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const tokens = readTokens(new FormData(event.currentTarget).get("tokens"))
    if (tokens === null) setProblem("Enter a whole number of tokens, like 5,000,000.")
    else void save(tokens)
  }
  return (
    <Dialog
      labelledBy={title}
      onClose={onClose}
      className="mt-[24vh] w-[440px] max-sm:mt-auto max-sm:mb-2"
    >
      <form className="p-6 max-sm:p-4" onSubmit={submit}>
        <h2 id={title} className="text-read mb-4 font-semibold">
          Monthly token limit
        </h2>
        <Field
          label="Tokens per month"
          name="tokens"
          inputMode="numeric"
          autoComplete="off"
          required
          data-first-focus
          defaultValue={limit === null ? "" : limit.toLocaleString("en")}
          hint="Once they are used, new messages are refused until the next month. Running turns continue."
          error={problem}
        />
        <div className="mt-6 flex flex-wrap justify-end gap-2">
          {limit !== null && (
            <Button className="mr-auto" disabled={isBusy} onClick={() => void save(null)}>
              Remove the limit
            </Button>
          )}
          <Button look="line" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" look="ink" disabled={isBusy}>
            {isBusy ? "Saving…" : "Save"}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

/** Accepts digits with common thousands separators. */
function readTokens(entry: FormDataEntryValue | null): number | null {
  const digits = typeof entry === "string" ? entry.replaceAll(/[\s,._’']/g, "") : ""
  const tokens = Number(digits)
  return /^\d{1,16}$/.test(digits) && Number.isSafeInteger(tokens) ? tokens : null
}
