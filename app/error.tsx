"use client"

import { Button } from "#components/ui/button.tsx"
import { Logo } from "#components/ui/logo.tsx"

export default function ErrorPage({
  error,
  reset,
}: {
  error: Error & { digest?: string }
  reset: () => void
}) {
  return (
    <main
      id="main"
      tabIndex={-1}
      className="grid min-h-dvh flex-1 place-items-center p-6 outline-none"
    >
      <div role="alert" className="max-w-[360px]">
        <Logo />
        <h1 className="text-display mt-6 font-serif">This page didn’t load</h1>
        <p className="text-read text-ink-2 mt-2">
          The server answered with an error. Your conversations are kept.
        </p>
        {error.digest !== undefined && (
          <p className="text-micro text-ink-3 mt-2 font-mono">error {error.digest}</p>
        )}
        <Button look="ink" size="large" className="mt-6" onClick={reset}>
          Try again
        </Button>
      </div>
    </main>
  )
}
