"use client"

import { useRouter, useSearchParams } from "next/navigation"
import { useEffect, type RefObject } from "react"

import type { ComposerHandle } from "#components/chat/composer/composed-message.ts"

/** Prefills the composer once from the address (`/?ask=…`); sending stays with the person. */
export function useQuestionInAddress(composer: RefObject<ComposerHandle | null>): void {
  const router = useRouter()
  const asked = useSearchParams().get("ask")
  useEffect(() => {
    if (asked === null) return
    composer.current?.restore(asked, [])
    router.replace("/")
  }, [asked, composer, router])
}
