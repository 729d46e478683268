"use client"

import { Menu, Plus } from "lucide-react"
import { useState } from "react"

import { useStudio } from "#components/studio/studio-context.tsx"
import { Button, IconButton } from "#components/ui/button.tsx"
import { lazyPart } from "#components/ui/lazy-part.tsx"
import { notify } from "#components/ui/notify.ts"
import type { Scope } from "#lib/protocol/scopes.ts"
import type { MintedToken, TokenItem } from "#lib/protocol/tokens.ts"

import { choicesOf } from "./access.ts"
import { SecretDialog } from "./secret-dialog.tsx"
import { TokenTable } from "./token-table.tsx"

const CreateTokenDialog = lazyPart(
  async () => (await import("./create-token-dialog.tsx")).CreateTokenDialog,
)
const RevokeDialog = lazyPart(async () => (await import("./revoke-dialog.tsx")).RevokeDialog)
const RotateDialog = lazyPart(async () => (await import("./rotate-dialog.tsx")).RotateDialog)

type Opened =
  | { kind: "create" }
  | { kind: "secret"; minted: MintedToken }
  | { kind: "revoke"; token: TokenItem }
  | { kind: "rotate"; token: TokenItem }

interface TokensViewProps {
  tokens: readonly TokenItem[]
  canGrantAdmin: boolean
  /** The scopes that endpoints check. */
  honoured: readonly Scope[]
}

/** Settings → Tokens: the list and its dialogs. */
export function TokensView(props: TokensViewProps) {
  const { openDrawer } = useStudio()
  const [tokens, setTokens] = useState(props.tokens)
  const [opened, setOpened] = useState<Opened | null>(null)
  const choices = choicesOf(props.honoured).filter(
    ({ id }) => id !== "admin" || props.canGrantAdmin,
  )
  const close = () => setOpened(null)
  const add = (minted: MintedToken) => {
    setTokens((known) => [toItem(minted), ...known])
    setOpened({ kind: "secret", minted })
  }
  const replace = (token: TokenItem, minted: MintedToken, oldEndsAt: string) => {
    const old = { ...token, replaced_by: minted.id, expires_at: oldEndsAt }
    const isOver = Date.parse(oldEndsAt) <= Date.now()
    setTokens((known) => [
      toItem(minted),
      ...known.flatMap((other) => (other.id !== token.id ? [other] : isOver ? [] : [old])),
    ])
    setOpened({ kind: "secret", minted })
  }
  const remove = (token: TokenItem) => {
    setTokens((known) => known.filter((other) => other.id !== token.id))
    close()
    void notify(`“${token.name}” is revoked.`)
  }
  return (
    <main id="main" tabIndex={-1} className="min-w-0 flex-1 overflow-y-auto outline-none">
      <header className="bg-paper sticky top-0 z-10 flex h-12 items-center border-b px-1 sm:hidden">
        <IconButton label="Open menu" onClick={openDrawer}>
          <Menu size={16} aria-hidden />
        </IconButton>
        <h1 className="text-read font-medium">Tokens</h1>
      </header>
      <div className="mx-auto max-w-[1080px] px-12 pt-12 pb-16 max-sm:px-4 max-sm:pt-4">
        <div className="flex items-end gap-6 max-sm:block">
          <div className="flex-1">
            <h1 className="text-h1 font-semibold max-sm:hidden">Tokens</h1>
            <p className="text-ink-2 mt-1 max-w-[52ch]">
              A token lets a script or an extension act as you, with no more than you choose and
              never more than your role.
            </p>
          </div>
          <Button
            look="ink"
            className="max-sm:mt-4 max-sm:w-full"
            onClick={() => setOpened({ kind: "create" })}
          >
            <Plus size={16} aria-hidden /> New token
          </Button>
        </div>
        {tokens.length === 0 ? (
          <NoTokens />
        ) : (
          <TokenTable
            tokens={tokens}
            honoured={props.honoured}
            onRevoke={(token) => setOpened({ kind: "revoke", token })}
            onRotate={(token) => setOpened({ kind: "rotate", token })}
          />
        )}
      </div>
      {opened?.kind === "create" && (
        <CreateTokenDialog choices={choices} onMinted={add} onClose={close} />
      )}
      {opened?.kind === "secret" && <SecretDialog minted={opened.minted} onClose={close} />}
      {opened?.kind === "rotate" && (
        <RotateDialog
          token={opened.token}
          onRotated={(minted, oldEndsAt) => replace(opened.token, minted, oldEndsAt)}
          onClose={close}
        />
      )}
      {opened?.kind === "revoke" && (
        <RevokeDialog token={opened.token} onRevoked={() => remove(opened.token)} onClose={close} />
      )}
    </main>
  )
}

function NoTokens() {
  return (
    <section className="mt-8 border-t pt-10">
      <h2 className="text-h2 font-semibold">No tokens yet</h2>
      <p className="text-ink-2 mt-1 max-w-[52ch]">
        Create one to call the API from a script or a program of yours.
      </p>
    </section>
  )
}

/** The list item as the server will return it. */
function toItem(minted: MintedToken): TokenItem {
  return {
    id: minted.id,
    name: minted.name,
    kind: "pat",
    scopes: minted.scopes,
    created_at: new Date().toISOString(),
    expires_at: minted.expires_at,
    last_used_at: null,
    last_used_route: null,
    last_used_address: null,
    replaced_by: null,
    start: minted.token.slice(0, 11),
  }
}
