"use client"

import Link from "next/link"
import { usePathname } from "next/navigation"

/** Replaces the composer of a conversation that accepts no more messages. */
export function ClosedNotice({ status }: { status: number | null }) {
  const path = usePathname()
  const link = "underline decoration-line-control underline-offset-3"
  return (
    <p role="alert" className="rounded-4 border-line-strong bg-sunken mb-3 border px-4 py-3">
      {status === 401 ? (
        <>
          You are signed out.{" "}
          <a className={link} href={`/sign-in?next=${encodeURIComponent(path)}`}>
            Sign in again
          </a>
        </>
      ) : status === null ? (
        "This conversation is read-only."
      ) : (
        <>
          This conversation was deleted, or you no longer have access to it.{" "}
          <Link className={link} href="/">
            Start a new one
          </Link>
        </>
      )}
    </p>
  )
}
