"use client"

import { ArrowDown } from "lucide-react"
import type { ReactNode } from "react"

import { Button } from "#components/ui/button.tsx"
import { lazyPart } from "#components/ui/lazy-part.tsx"
import { RunningMark } from "#components/ui/trace-strip.tsx"

import { useFileDrop } from "./use-file-drop.ts"

const DropHint = lazyPart(async () => (await import("./drop-hint.tsx")).DropHint)

/** Position of the composer below a thread. */
export const dockLook =
  "relative mx-auto w-full max-w-[calc(var(--w-composer)+2rem)] px-4 max-sm:px-2 max-sm:pb-[max(8px,env(safe-area-inset-bottom))]"

export function ComposerHint() {
  return (
    <p className="text-micro text-ink-3 pt-2 pb-3 text-center max-sm:hidden">
      Enter sends, Shift Enter starts a new line. Check what matters before you act on it.
    </p>
  )
}

interface ChatFrameProps {
  header: ReactNode
  pill?: ReactNode
  thread: ReactNode
  composer: ReactNode
  jump?: ReactNode
  /** Null while files are not accepted. */
  onFiles: ((files: readonly File[]) => void) | null
}

/** Header, column and composer; accepts dropped files anywhere. */
export function ChatFrame({ header, pill, thread, composer, jump, onFiles }: ChatFrameProps) {
  const isOver = useFileDrop(onFiles)
  return (
    <main id="main" tabIndex={-1} className="relative flex min-w-0 flex-1 flex-col outline-none">
      {header}
      {pill}
      {thread}
      <div className="bg-paper shrink-0">
        <div className={dockLook}>
          {jump}
          {composer}
          <ComposerHint />
        </div>
      </div>
      {isOver && <DropHint />}
    </main>
  )
}

export function JumpButton({ isRunning, onJump }: { isRunning: boolean; onJump: () => void }) {
  return (
    <Button
      look="line"
      className="shadow-float touch:-top-14 absolute -top-11 left-1/2 -translate-x-1/2 rounded-full"
      aria-label="New: jump to the newest text"
      onClick={onJump}
    >
      <ArrowDown size={16} aria-hidden /> New {isRunning && <RunningMark isDecorative />}
    </Button>
  )
}
