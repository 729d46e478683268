"use client"

import { useState } from "react"

import type { DraftWriter } from "#lib/client/outbox/draft-writer.ts"

import type { Send } from "./composed-message.ts"
import type { ComposerFiles } from "./composer-files.ts"

interface SendParts {
  text: string
  draft: DraftWriter
  files: ComposerFiles
  onSend: Send
}

/** One click on Send: clears the composer at once and restores it after a refusal. */
export function useSend({ text, draft, files, onSend }: SendParts) {
  const [notice, setNotice] = useState<string | null>(null)

  async function send(): Promise<void> {
    const sentFiles = files.files
    if (text.trim() === "" && sentFiles.length === 0) return
    const key = draft.takeKey(text)
    draft.hold(text, key)
    files.clear()
    setNotice(null)
    const outcome = await onSend({ key, text, files: sentFiles }, () => draft.settle(key))
    switch (outcome.outcome) {
      case "accepted":
        draft.settle(key)
        return
      case "cancelled":
      case "refused":
        draft.settle(key)
        draft.restore(text, outcome.isKeySpent === true ? "" : key)
        files.restore(sentFiles)
        if (outcome.outcome === "refused") setNotice(refusalWords(outcome))
    }
  }

  return { send, notice, setNotice }
}

export function refusalWords(refusal: { status: number; code: string; message: string }): string {
  const kept = "Your text and files are kept."
  if (refusal.code === "account_disabled") return `${refusal.message} ${kept}`
  if (refusal.status === 401) return `You are signed out. ${kept} Reload to sign in.`
  return `Not sent. ${refusal.message} ${kept}`
}
