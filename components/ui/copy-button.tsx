"use client"

import { Check, Copy } from "lucide-react"
import { useEffect, useState, type ReactNode } from "react"

import { IconButton } from "./button.tsx"

interface CopyButtonProps {
  label: string
  text: () => string
  icon?: ReactNode
}

/** Copies a text and confirms it in place. */
export function CopyButton({ label, text, icon }: CopyButtonProps) {
  const [isCopied, setCopied] = useState(false)
  useEffect(() => {
    if (!isCopied) return
    const timer = window.setTimeout(() => setCopied(false), 1_600)
    return () => window.clearTimeout(timer)
  }, [isCopied])
  return (
    <IconButton
      label={isCopied ? "Copied" : label}
      size="icon-small"
      onClick={() => void copyText(text()).then(() => setCopied(true))}
    >
      {isCopied ? <Check size={16} aria-hidden /> : (icon ?? <Copy size={16} aria-hidden />)}
    </IconButton>
  )
}

/** `navigator.clipboard` exists only on HTTPS and localhost; elsewhere a selection is copied. */
export async function copyText(text: string): Promise<void> {
  if (window.isSecureContext) return await navigator.clipboard.writeText(text)
  const area = document.createElement("textarea")
  area.value = text
  area.style.position = "fixed"
  document.body.append(area)
  area.select()
  document.execCommand("copy")
  area.remove()
}
