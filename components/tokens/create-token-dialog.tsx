"use client"

import { X } from "lucide-react"
import { useId, useState, type SubmitEvent } from "react"

import { Button, IconButton } from "#components/ui/button.tsx"
import { Dialog } from "#components/ui/dialog.tsx"
import { Field } from "#components/ui/field.tsx"
import { Notice } from "#components/ui/notice.tsx"
import { isApiError } from "#lib/client/api/api.ts"
import { mintToken } from "#lib/client/api/tokens.ts"
import { limits } from "#lib/protocol/limits.ts"
import type { MintedToken } from "#lib/protocol/tokens.ts"

import { AccessFields } from "./access-fields.tsx"
import { firstAccess, scopesOf, type Choice } from "./access.ts"
import { ExpiryField, firstExpiry, type Expiry } from "./expiry-field.tsx"
import { TokenPreview } from "./token-preview.tsx"

interface CreateTokenDialogProps {
  choices: readonly Choice[]
  onMinted: (minted: MintedToken) => void
  onClose: () => void
}

export function CreateTokenDialog(props: CreateTokenDialogProps) {
  const title = useId()
  const [name, setName] = useState("")
  const [expiry, setExpiry] = useState<Expiry>(firstExpiry)
  const [access, setAccess] = useState(firstAccess)
  const { problem, isBusy, mint } = useMint(props.onMinted)
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault()
    void mint({ name, scopes: scopesOf(access), expires_in_days: expiry.days })
  }
  return (
    <Dialog
      labelledBy={title}
      onClose={props.onClose}
      className="mt-[4vh] max-h-[92dvh] w-[880px] max-sm:m-0 max-sm:h-dvh max-sm:max-h-none max-sm:w-screen max-sm:max-w-none max-sm:rounded-none max-sm:border-0"
    >
      <form className="flex max-h-[inherit] flex-col max-sm:h-full" onSubmit={submit}>
        <div className="flex h-13 shrink-0 items-center border-b pr-3 pl-6 max-sm:pl-4">
          <h2 id={title} className="text-read flex-1 font-semibold">
            New token
          </h2>
          <IconButton label="Close" onClick={props.onClose}>
            <X size={16} aria-hidden />
          </IconButton>
        </div>
        <div className="grid min-h-0 flex-1 overflow-y-auto sm:grid-cols-[1fr_288px]">
          <div className="min-w-0 space-y-5 px-6 py-5 max-sm:p-4">
            {problem !== null && problem.field !== "name" && <Notice>{problem.message}</Notice>}
            <Field
              label="Name"
              data-first-focus
              required
              maxLength={limits.tokenNameCharactersMax}
              autoComplete="off"
              placeholder="What it is for"
              value={name}
              error={problem?.field === "name" ? problem.message : null}
              onChange={(event) => setName(event.currentTarget.value)}
            />
            <ExpiryField expiry={expiry} onChange={setExpiry} />
            <AccessFields access={access} choices={props.choices} onChange={setAccess} />
          </div>
          <TokenPreview access={access} choices={props.choices} />
        </div>
        <div className="bg-surface flex shrink-0 justify-end gap-2 border-t px-6 py-3 max-sm:px-4 max-sm:pb-[max(12px,env(safe-area-inset-bottom))]">
          <Button onClick={props.onClose}>Cancel</Button>
          <Button look="ink" type="submit" disabled={isBusy}>
            {isBusy ? "Creating…" : "Create token"}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

interface Problem {
  message: string
  field: string | null
}

function useMint(onMinted: (minted: MintedToken) => void) {
  const [problem, setProblem] = useState<Problem | null>(null)
  const [isBusy, setBusy] = useState(false)
  const mint = async (order: Parameters<typeof mintToken>[0]) => {
    setProblem(problemOf(order))
    if (problemOf(order) !== null) return
    setBusy(true)
    try {
      onMinted(await mintToken(order))
    } catch (error) {
      if (!isApiError(error)) throw error
      setProblem({ message: error.message, field: error.field })
      setBusy(false)
    }
  }
  return { problem, isBusy, mint }
}

function problemOf(order: { name: string; scopes: readonly string[] }): Problem | null {
  if (order.name.trim() === "") return { message: "Give it a name.", field: "name" }
  if (order.scopes.length > 0) return null
  return { message: "Choose at least one permission.", field: "scopes" }
}
