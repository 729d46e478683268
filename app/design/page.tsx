import type { Metadata } from "next"
import { notFound } from "next/navigation"

import { DesignPage } from "#components/design/design-page.tsx"
import { getRuntime } from "#lib/runtime.ts"

export const metadata: Metadata = { title: "Design" }

/** A page for development; it does not exist in production. */
export default async function Design() {
  const { env } = await getRuntime()
  if (env.NODE_ENV === "production") notFound()
  return <DesignPage />
}
