"use client"

import { TriangleAlert } from "lucide-react"

import { Button } from "#components/ui/button.tsx"
import { ScreenReaderOnly } from "#components/ui/screen-reader-only.tsx"
import { LiveTag, WarningTag } from "#components/ui/tag.tsx"
import { useNow } from "#components/ui/use-now.ts"
import { useTimeZone } from "#components/ui/use-time-zone.ts"
import type { Scope } from "#lib/protocol/scopes.ts"
import type { TokenItem } from "#lib/protocol/tokens.ts"
import { visibleText } from "#lib/transcript/visible-text.ts"

import { accessWords } from "./access.ts"
import { dayWords, leftWords, usedWords, whereWords } from "./token-times.ts"

interface TokenTableProps {
  tokens: readonly TokenItem[]
  /** The scopes that endpoints check. */
  honoured: readonly Scope[]
  onRevoke: (token: TokenItem) => void
  onRotate: (token: TokenItem) => void
}

const headLook =
  "text-micro text-ink-3 h-8 border-b px-3 text-left font-medium whitespace-nowrap first:pl-0 last:pr-0"
const cellLook = "border-b px-3 py-2.5 align-top last:pr-0"

/** The person's active tokens. On narrow screens the first cell of a row holds all of it. */
export function TokenTable({ tokens, honoured, onRevoke, onRotate }: TokenTableProps) {
  const timeZone = useTimeZone()
  const now = useNow(true, 30_000)
  return (
    <>
      <table className="text-ui mt-8 w-full border-collapse">
        <caption className="sr-only">Your tokens</caption>
        <thead>
          <tr>
            <th scope="col" className={headLook}>
              Name
            </th>
            {["Access", "Created", "Expires", "Last used"].map((name) => (
              <th key={name} scope="col" className={`${headLook} max-lg:hidden`}>
                {name}
              </th>
            ))}
            <th scope="col" className={headLook}>
              <ScreenReaderOnly>Actions</ScreenReaderOnly>
            </th>
          </tr>
        </thead>
        <tbody>
          {tokens.map((token) => (
            <TokenRow
              key={token.id}
              token={token}
              honoured={honoured}
              now={now}
              timeZone={timeZone}
              onRevoke={onRevoke}
              onRotate={onRotate}
            />
          ))}
        </tbody>
      </table>
      <p className="text-ui text-ink-3 mt-4">
        {tokens.length === 1 ? "1 token" : `${tokens.length} tokens`}. A revoked token stops within
        a second; its open streams end within five.
      </p>
    </>
  )
}

interface TokenRowProps {
  token: TokenItem
  honoured: readonly Scope[]
  now: number
  timeZone: string
  onRevoke: (token: TokenItem) => void
  onRotate: (token: TokenItem) => void
}

function TokenRow({ token, honoured, now, timeZone, onRevoke, onRotate }: TokenRowProps) {
  const access = accessWords(token.scopes, honoured)
  const expiry = <Expiry endsAt={token.expires_at} now={now} timeZone={timeZone} />
  const used = (
    <When
      time={token.last_used_at}
      words={(moment) => usedWords(moment, now, timeZone)}
      timeZone={timeZone}
    />
  )
  const where = whereWords(token)
  const isReplaced = token.replaced_by !== null
  return (
    <tr className="hover:bg-sunken">
      <th scope="row" className="border-b py-2.5 pr-3 text-left align-top font-medium">
        <span className="block max-w-[24ch] [overflow-wrap:anywhere]">
          {visibleText(token.name)} {isReplaced && <LiveTag>Replaced</LiveTag>}
        </span>
        <code className="text-micro text-ink-3 font-mono font-normal">{token.start}…</code>
        <span className="text-ink-2 mt-1 block font-normal lg:hidden">{access}</span>
        <span className="mt-1 block font-normal lg:hidden">{expiry}</span>
        <span className="text-micro text-ink-3 mt-1 block font-normal lg:hidden">
          {token.last_used_at === null ? "" : "Used "}
          {used}
          {where !== "" && ` · ${where}`}
        </span>
      </th>
      <td className={`${cellLook} text-ink-2 min-w-44 max-lg:hidden`}>{access}</td>
      <td className={`${cellLook} text-ink-2 whitespace-nowrap max-lg:hidden`}>
        <When
          time={token.created_at}
          words={(moment) => dayWords(moment, now, timeZone)}
          timeZone={timeZone}
        />
      </td>
      <td className={`${cellLook} whitespace-nowrap max-lg:hidden`}>{expiry}</td>
      <td className={`${cellLook} max-lg:hidden`}>
        <span className="whitespace-nowrap">{used}</span>
        <span className="text-micro text-ink-3 block max-w-[30ch] [overflow-wrap:anywhere]">
          {where}
        </span>
      </td>
      <td className="border-b py-1.5 text-right align-top whitespace-nowrap max-sm:whitespace-normal">
        {!isReplaced && (
          <Button size="small" aria-label={`Rotate ${token.name}`} onClick={() => onRotate(token)}>
            Rotate
          </Button>
        )}
        <Button
          size="small"
          className="sm:-mr-2"
          aria-label={`Revoke ${token.name}`}
          onClick={() => onRevoke(token)}
        >
          Revoke
        </Button>
      </td>
    </tr>
  )
}

function Expiry(props: { endsAt: string | null; now: number; timeZone: string }) {
  const { endsAt, now, timeZone } = props
  if (endsAt === null) {
    return <WarningTag icon={<TriangleAlert size={12} aria-hidden />}>No end date</WarningTag>
  }
  const moment = Date.parse(endsAt)
  const left = leftWords(moment, now)
  return (
    <>
      <When time={endsAt} words={(end) => dayWords(end, now, timeZone)} timeZone={timeZone} />{" "}
      <span
        suppressHydrationWarning
        className={left.isSoon ? "text-warning font-medium" : "text-ink-3"}
      >
        {left.text}
      </span>
    </>
  )
}

interface WhenProps {
  time: string | null
  words: (moment: number) => string
  timeZone: string
}

/** A short time with the full timestamp as its tooltip. */
function When({ time, words, timeZone }: WhenProps) {
  if (time === null) return <span className="text-ink-3">not used yet</span>
  const moment = Date.parse(time)
  const whole = new Intl.DateTimeFormat("en", { dateStyle: "long", timeStyle: "short", timeZone })
  // Relative times may differ by a minute between server and browser.
  return (
    <time dateTime={time} title={whole.format(moment)} suppressHydrationWarning>
      {words(moment)}
    </time>
  )
}
