"use client"

import { Plus } from "lucide-react"
import { useRouter } from "next/navigation"
import { useState } from "react"

import { AdminHeader } from "#components/admin/admin-header.tsx"
import { AgentMark } from "#components/ui/agent-mark.tsx"
import { Button } from "#components/ui/button.tsx"
import { lazyPart } from "#components/ui/lazy-part.tsx"
import { notify } from "#components/ui/notify.ts"
import { callApi, isApiError } from "#lib/client/api/api.ts"
import type { AgentSettings } from "#lib/protocol/agents.ts"
import { visibleText } from "#lib/transcript/visible-text.ts"

const AgentDialog = lazyPart(async () => (await import("./agent-dialog.tsx")).AgentDialog)

interface AgentsViewProps {
  agents: readonly AgentSettings[]
  models: readonly string[]
  defaultModel: string
  tools: readonly string[]
  /** The viewer's own name, for the preview of the prompt. */
  personName: string
}

const headLook =
  "text-micro text-ink-3 h-8 border-b px-3 text-left font-medium whitespace-nowrap first:pl-6 last:pr-6 max-sm:first:pl-4"
const cellLook = "border-b px-3 py-2 max-md:hidden"

/** The tenant's agents and their actions. */
export function AgentsView({ agents, ...choices }: AgentsViewProps) {
  const router = useRouter()
  const [opened, setOpened] = useState<AgentSettings | "new" | null>(null)
  const change = async (agent: AgentSettings, body: object, done: string) => {
    try {
      await callApi("PATCH", `/v1/agents/${agent.id}`, { body })
      router.refresh()
      void notify(done)
    } catch (error) {
      if (!isApiError(error)) throw error
      void notify(error.message)
    }
  }
  return (
    <main id="main" tabIndex={-1} className="flex min-w-0 flex-1 flex-col outline-none">
      <AdminHeader title="Agents" note={`${agents.length} in all`}>
        <Button look="ink" onClick={() => setOpened("new")}>
          <Plus size={16} aria-hidden /> New agent
        </Button>
      </AdminHeader>
      <div className="min-h-0 flex-1 overflow-y-auto border-t">
        <table className="text-ui w-full border-collapse">
          <caption className="sr-only">Agents, the default first</caption>
          <thead className="max-md:sr-only">
            <tr>
              {["Agent", "Model", "Tools", "Status", "Actions"].map((name) => (
                <th key={name} scope="col" className={headLook}>
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {agents.map((agent) => (
              <Row
                key={agent.id}
                agent={agent}
                defaultModel={choices.defaultModel}
                onEdit={() => setOpened(agent)}
                onChange={(body, done) => void change(agent, body, done)}
              />
            ))}
          </tbody>
        </table>
      </div>
      {opened !== null && (
        <AgentDialog
          agent={opened === "new" ? null : opened}
          {...choices}
          onClose={() => setOpened(null)}
          onSaved={(name) => {
            setOpened(null)
            router.refresh()
            void notify(`${name} is saved. Turns that run keep what they began with.`)
          }}
        />
      )}
    </main>
  )
}

interface RowProps {
  agent: AgentSettings
  defaultModel: string
  onEdit: () => void
  onChange: (body: object, done: string) => void
}

function Row({ agent, defaultModel, onEdit, onChange }: RowProps) {
  const isActive = agent.status === "active"
  const model = agent.model ?? `default (${defaultModel})`
  const tools =
    agent.tools === null ? "all" : agent.tools.length === 0 ? "none" : agent.tools.join(", ")
  return (
    <tr className="hover:bg-sunken max-sm:block max-sm:border-b max-sm:py-2">
      <th
        scope="row"
        className="w-full max-w-0 border-b py-2 pr-3 pl-6 text-left font-normal max-sm:block max-sm:max-w-none max-sm:border-0 max-sm:px-4 max-sm:py-0"
      >
        <span className="flex items-center gap-2 font-medium">
          <AgentMark agentId={agent.id} className="text-ink-3" />
          <button
            type="button"
            className="touch:min-h-11 truncate underline-offset-2 hover:underline"
            onClick={onEdit}
          >
            {visibleText(agent.display_name)}
          </button>
          {agent.is_default && (
            <span className="rounded-1 bg-hover text-micro text-ink-2 flex-none px-1.5 leading-5 font-medium">
              Default
            </span>
          )}
        </span>
        <span className="text-ink-3 mt-0.5 block truncate">
          {agent.slug}
          {agent.description !== "" && ` · ${agent.description}`}
        </span>
        <span className="text-ink-3 block truncate md:hidden">
          {model} · tools: {tools} {!isActive && "· disabled"}
        </span>
      </th>
      <td className={`${cellLook} text-ink-2 whitespace-nowrap`}>{model}</td>
      <td className={`${cellLook} text-ink-2`}>
        <span className="block max-w-56 truncate">{tools}</span>
      </td>
      <td className={cellLook}>
        <span className={isActive ? "text-ink-3" : "text-warning"}>
          {isActive ? "Active" : "Disabled"}
        </span>
      </td>
      <td className="border-b py-2 pr-6 pl-3 whitespace-nowrap max-sm:block max-sm:border-0 max-sm:px-2 max-sm:py-0">
        <span className="flex">
          <Button size="small" onClick={onEdit} aria-label={`Edit ${agent.display_name}`}>
            Edit
          </Button>
          {!agent.is_default && isActive && (
            <Button
              size="small"
              aria-label={`Make default: ${visibleText(agent.display_name)}`}
              onClick={() =>
                onChange({ is_default: true }, `${agent.display_name} is the default now.`)
              }
            >
              Make default
            </Button>
          )}
          {!agent.is_default && (
            <Button
              size="small"
              aria-label={`${isActive ? "Disable" : "Enable"} ${agent.display_name}`}
              onClick={() =>
                onChange(
                  { status: isActive ? "disabled" : "active" },
                  `${agent.display_name} is ${isActive ? "disabled" : "enabled"}.`,
                )
              }
            >
              {isActive ? "Disable" : "Enable"}
            </Button>
          )}
        </span>
      </td>
    </tr>
  )
}
