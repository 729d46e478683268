import type { Metadata } from "next"

import { AgentsView } from "#components/admin/agents/agents-view.tsx"
import { listAllAgents } from "#lib/agents/list-all-agents.ts"
import { toolsFor } from "#lib/models/tools/tools-for.ts"

import { requireAdmin } from "../require-admin.ts"

export const metadata: Metadata = { title: "Agents" }

export default async function AgentsPage() {
  const { runtime, principal } = await requireAdmin()
  const [agents, models] = await Promise.all([
    listAllAgents(runtime.db, principal.tenantId),
    runtime.models.list(),
  ])
  return (
    <AgentsView
      agents={agents}
      models={models.map((model) => model.id)}
      defaultModel={runtime.models.defaultModel}
      personName={principal.name}
      tools={toolsFor(null).map((tool) => tool.name)}
    />
  )
}
