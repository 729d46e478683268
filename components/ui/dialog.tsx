"use client"

import { useLayoutEffect, useRef, type ReactNode } from "react"

import { cn } from "./cn.ts"

interface DialogProps {
  /** Id of its heading. */
  labelledBy: string
  describedBy?: string
  isAlert?: boolean
  className?: string
  /** Also called for Esc. */
  onClose: () => void
  children: ReactNode
}

/**
 * A native modal dialog, open while mounted: it traps the focus, which starts at
 * `data-first-focus`, and restores it.
 */
export function Dialog({ onClose, isAlert = false, className, children, ...names }: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null)
  const isLeaving = useRef(false)
  useLayoutEffect(() => {
    const dialog = ref.current
    if (dialog === null) return
    isLeaving.current = false
    dialog.showModal()
    dialog.querySelector<HTMLElement>("[data-first-focus]")?.focus()
    return () => {
      isLeaving.current = true
      dialog.close()
    }
  }, [])
  return (
    <dialog
      ref={ref}
      {...(isAlert ? { role: "alertdialog" } : {})}
      aria-labelledby={names.labelledBy}
      aria-describedby={names.describedBy}
      className={cn(
        "rounded-4 border-line-strong bg-surface text-ink shadow-float backdrop:bg-scrim mx-auto max-w-[calc(100vw-16px)] overflow-hidden border p-0 text-left font-normal whitespace-normal",
        className,
      )}
      onCancel={(event) => {
        event.preventDefault()
        onClose()
      }}
      // Browsers may close it unprompted. The event is asynchronous: by then it may be reopened or
      // unmounted.
      onClose={(event) => !event.currentTarget.open && !isLeaving.current && onClose()}
    >
      {children}
    </dialog>
  )
}
