import Link from "next/link"

import { AccountPage } from "./account-page.tsx"

/** Shown for a link that is expired or already used. */
export function ExpiredLink({ title, text }: { title: string; text: string }) {
  return (
    <AccountPage>
      <h1 className="text-display font-serif text-balance">{title}</h1>
      <p className="text-read text-ink-2 mt-2">{text}</p>
      <p className="mt-6">
        <Link href="/sign-in" className="decoration-line-control underline underline-offset-3">
          Sign in
        </Link>
      </p>
    </AccountPage>
  )
}
