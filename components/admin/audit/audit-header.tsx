"use client"

import { Download, ShieldAlert, ShieldCheck } from "lucide-react"
import { useState } from "react"

import { AdminHeader } from "#components/admin/admin-header.tsx"
import { Button } from "#components/ui/button.tsx"
import { cn } from "#components/ui/cn.ts"
import { CopyButton } from "#components/ui/copy-button.tsx"
import { Notice } from "#components/ui/notice.tsx"
import { callApi, isApiError } from "#lib/client/api/api.ts"
import type { AuditVerdict } from "#lib/protocol/audit.ts"

import { verdictWords } from "./audit-words.ts"

/** Verifying a chain of millions of records takes minutes. */
const verifyMs = 15 * 60_000

type Answer = { verdict: AuditVerdict } | { problem: string }

/** The header of the audit page: chain verification and export. */
export function AuditHeader({ note, exportHref }: { note: string; exportHref: string }) {
  const [isBusy, setBusy] = useState(false)
  const [answer, setAnswer] = useState<Answer | null>(null)
  const verify = async () => {
    setBusy(true)
    setAnswer(null)
    setAnswer(await askVerdict())
    setBusy(false)
  }
  return (
    <>
      <AdminHeader title="Audit" note={note}>
        <Button look="line" disabled={isBusy} onClick={() => void verify()}>
          <ShieldCheck size={16} aria-hidden /> {isBusy ? "Verifying…" : "Verify"}
        </Button>
        <a
          href={exportHref}
          download
          className="border-line-strong bg-surface text-ui hover:bg-hover rounded-2 touch:h-11 inline-flex h-8 items-center gap-1.5 border px-3 font-medium"
        >
          <Download size={16} aria-hidden /> Export
        </a>
      </AdminHeader>
      <div aria-live="polite" className="shrink-0 px-6 max-sm:px-4">
        {answer !== null && (
          <div className="pb-3 max-sm:pt-3">
            {"problem" in answer ? (
              <Notice>{answer.problem}</Notice>
            ) : (
              <Verdict verdict={answer.verdict} />
            )}
          </div>
        )}
      </div>
    </>
  )
}

async function askVerdict(): Promise<Answer> {
  try {
    const verdict = await callApi("GET", "/v1/admin/audit/verify", { timeoutMs: verifyMs })
    return { verdict: verdict as AuditVerdict }
  } catch (error) {
    if (!isApiError(error)) throw error
    return { problem: `The chain was not verified. ${error.message}` }
  }
}

function Verdict({ verdict }: { verdict: AuditVerdict }) {
  const { finding, rest } = verdictWords(verdict)
  const Icon = verdict.ok ? ShieldCheck : ShieldAlert
  const end = verdict.head === undefined ? null : `${verdict.head.seq}:${verdict.head.hash}`
  return (
    <section
      aria-label="Verification"
      className={cn(
        "rounded-3 text-ui flex gap-2.5 px-3 py-2.5",
        verdict.ok ? "bg-accent-soft" : "bg-danger-soft",
      )}
    >
      <Icon
        size={16}
        aria-hidden
        className={cn("mt-0.5 flex-none", verdict.ok ? "text-accent" : "text-danger")}
      />
      <div className="min-w-0 flex-1">
        <p>
          <strong className="font-medium">{finding}</strong> {rest}
        </p>
        {end !== null && verdict.ok && (
          <p className="text-ink-2 mt-1 flex items-center gap-1">
            <span className="flex-none">It ends with</span>
            <code className="min-w-0 truncate font-mono text-[12.5px]">{end}</code>
            <CopyButton label="Copy how the chain ends" text={() => end} />
          </p>
        )}
      </div>
    </section>
  )
}
