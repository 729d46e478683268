import type { Metadata } from "next"
import { notFound } from "next/navigation"

import { DesignPage } from "#components/design/design-page.tsx"
import { getRuntime } from "#lib/runtime.ts"

export const metadata: Metadata = { title: "Design" }

/** For who works on the Studio; where it is in use there is no such page. */
export default async function Design() {
  const { env } = await getRuntime()
  if (env.NODE_ENV === "production") notFound()
  return <DesignPage />
}
