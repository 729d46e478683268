import type { Metadata } from "next"

import { ApiReference } from "#components/docs/api-reference.tsx"
import { describeApi } from "#lib/http/describe-api.ts"
import { createOpenApi } from "#lib/http/openapi.ts"
import { routes } from "#lib/http/routes.ts"

export const metadata: Metadata = { title: "API" }

/** Public, like the document it shows: whoever writes a program need not have an account here. */
export default function DocsPage() {
  return <ApiReference groups={describeApi(createOpenApi(routes))} />
}
