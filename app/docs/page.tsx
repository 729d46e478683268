import type { Metadata } from "next"

import { ApiReference } from "#components/docs/api-reference.tsx"
import { describeApi } from "#lib/http/describe-api.ts"
import { createOpenApi } from "#lib/http/openapi.ts"
import { routes } from "#lib/http/routes.ts"

export const metadata: Metadata = { title: "API" }

/** Public, like the document it renders: client developers need no account here. */
export default function DocsPage() {
  return <ApiReference groups={describeApi(createOpenApi(routes))} />
}
