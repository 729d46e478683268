"use client"

import { Check } from "lucide-react"

import { AgentMark } from "#components/ui/agent-mark.tsx"
import type { AgentDetails } from "#lib/protocol/agents.ts"

interface AgentPickerProps {
  agents: readonly AgentDetails[]
  chosen: string
  onChoose: (agent: AgentDetails) => void
}

export function AgentPicker({ agents, chosen, onChoose }: AgentPickerProps) {
  return (
    <fieldset className="mt-6">
      <legend className="text-micro text-ink-3 mb-1 px-4 font-medium max-sm:px-0">Agent</legend>
      <div className="grid gap-x-2 gap-y-0.5 max-sm:-mx-3 sm:grid-cols-2">
        {agents.map((agent) => (
          <label
            key={agent.id}
            className="rounded-3 outline-accent hover:bg-hover has-checked:bg-hover relative flex cursor-pointer items-start gap-3 px-4 py-3 has-focus-visible:outline-2 max-sm:px-3"
          >
            <input
              type="radio"
              name="agent"
              aria-label={agent.display_name}
              className="peer absolute opacity-0"
              checked={agent.id === chosen}
              onChange={() => onChoose(agent)}
            />
            <AgentMark
              agentId={agent.id}
              size={18}
              className="text-ink-3 peer-checked:text-ink mt-px"
            />
            <span className="min-w-0 flex-1">
              <span className="block font-medium">
                {agent.display_name}
                {agent.is_default && <span className="text-ink-3 font-normal"> · default</span>}
              </span>
              <span className="text-ui text-ink-3 block">{agent.description}</span>
            </span>
            <Check size={16} aria-hidden className="mt-0.5 opacity-0 peer-checked:opacity-100" />
          </label>
        ))}
      </div>
    </fieldset>
  )
}
