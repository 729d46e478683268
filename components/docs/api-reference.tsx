import Link from "next/link"

import { Logo } from "#components/ui/logo.tsx"
import type { ApiGroup } from "#lib/protocol/api-description.ts"

import { OperationSection } from "./operation-section.tsx"

/** The API reference on one page: a table of contents, and an anchor per operation. */
export function ApiReference({ groups }: { groups: readonly ApiGroup[] }) {
  return (
    <div className="mx-auto flex w-full max-w-[1180px]">
      <aside className="bg-sunken sticky top-0 h-dvh w-(--w-sidebar) shrink-0 overflow-y-auto border-r px-2 pb-6 max-lg:hidden">
        <Link href="/" className="flex h-12 items-center gap-2 px-2 font-semibold">
          <Logo /> Studio
        </Link>
        <Contents groups={groups} />
      </aside>
      <main className="min-w-0 flex-1 px-8 py-10 max-sm:px-4 max-sm:py-6">
        <h1 className="text-display font-serif">API</h1>
        <Introduction />
        <details className="rounded-3 mt-6 border lg:hidden">
          <summary className="text-ui flex h-11 items-center px-3.5 font-medium">Contents</summary>
          <div className="border-t px-1.5 pb-3">
            <Contents groups={groups} />
          </div>
        </details>
        {groups.map((group) => (
          <section key={group.name} aria-labelledby={`group-${group.name}`} className="mt-12">
            <h2 id={`group-${group.name}`} className="text-h1 font-semibold">
              {titleOf(group.name)}
            </h2>
            {group.operations.map((operation) => (
              <OperationSection key={operation.id} operation={operation} />
            ))}
          </section>
        ))}
      </main>
    </div>
  )
}

function Introduction() {
  return (
    <div className="text-read text-ink-2 mt-3 max-w-[46rem] space-y-3">
      <p>
        JSON over HTTPS. Send <Code>Authorization: Bearer hq_pat_…</Code>; tokens are made under{" "}
        <Link
          href="/settings/tokens"
          className="decoration-line-control underline underline-offset-3"
        >
          Settings → Tokens
        </Link>
        . Every failure is <Code>{"{error, code}"}</Code>, and <Code>X-Request-Id</Code> names the
        request.
      </p>
      <p>
        The same as a document:{" "}
        {/* oxlint-disable-next-line next/no-html-link-for-pages -- a document, not a page */}
        <a href="/openapi.json" className="decoration-line-control underline underline-offset-3">
          openapi.json
        </a>{" "}
        (OpenAPI 3.1).
      </p>
    </div>
  )
}

function Code({ children }: { children: string }) {
  return (
    <code className="rounded-1 bg-code-bg px-1 py-0.5 font-mono text-[0.86em]">{children}</code>
  )
}

function Contents({ groups }: { groups: readonly ApiGroup[] }) {
  return (
    <nav aria-label="Operations">
      {groups.map((group) => (
        <div key={group.name}>
          <h2 className="text-micro text-ink-3 px-2 pt-4 pb-1 font-medium">
            {titleOf(group.name)}
          </h2>
          <ul>
            {group.operations.map(({ id, method, summary }) => (
              <li key={id}>
                <a
                  href={`#${id}`}
                  className="rounded-2 text-ui text-ink-2 hover:bg-hover hover:text-ink touch:min-h-11 flex items-center gap-2 px-2 py-1.5"
                >
                  <span className="text-ink-3 w-11 shrink-0 font-mono text-[11px]">{method}</span>
                  <span className="min-w-0">{summary}</span>
                </a>
              </li>
            ))}
          </ul>
        </div>
      ))}
    </nav>
  )
}

function titleOf(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1).replace(/[-.]/g, " ")
}
