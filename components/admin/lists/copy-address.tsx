"use client"

import type { ReactNode } from "react"

import { CopyButton } from "#components/ui/copy-button.tsx"

/** Copies the current address. */
export function CopyAddress({ label, icon }: { label: string; icon: ReactNode }) {
  return (
    <span className="max-sm:hidden">
      <CopyButton label={label} text={() => window.location.href} icon={icon} />
    </span>
  )
}
