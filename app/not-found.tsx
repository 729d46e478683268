import Link from "next/link"

import { Logo } from "#components/ui/logo.tsx"

export default function NotFound() {
  return (
    <main
      id="main"
      tabIndex={-1}
      className="grid min-h-dvh flex-1 place-items-center p-6 outline-none"
    >
      <div className="max-w-[360px]">
        <Logo />
        <h1 className="text-display mt-6 font-serif">Nothing here</h1>
        <p className="text-read text-ink-2 mt-2">
          This page doesn’t exist, or you don’t have access to it.
        </p>
        <p className="mt-6">
          <Link href="/" className="decoration-line-control underline underline-offset-3">
            Go to your conversations
          </Link>
        </p>
      </div>
    </main>
  )
}
