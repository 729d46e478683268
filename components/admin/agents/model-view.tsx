"use client"

import { ChevronRight } from "lucide-react"
import { useState } from "react"

import { ownTimeZone } from "#lib/client/own-time-zone.ts"
import { type BriefingFacts, briefModel } from "#lib/protocol/model-briefing.ts"

interface ModelViewProps {
  agentName: string
  /** The viewer's own name; each person's prompt carries theirs. */
  personName: string
  instructions: string
}

/** Previews the complete prompt prefix that a model receives with the form's current values. */
export function ModelView({ agentName, personName, instructions }: ModelViewProps) {
  // Captured when the preview opens: the date shown stays that of the opening, even past midnight.
  const [opened, setOpened] = useState<Pick<BriefingFacts, "timeZone" | "now"> | null>(null)
  return (
    <details
      className="group rounded-2 border"
      onToggle={(event) => {
        const { open } = event.currentTarget
        setOpened(open ? { timeZone: ownTimeZone(), now: new Date() } : null)
      }}
    >
      <summary className="text-ui touch:min-h-11 flex min-h-9 cursor-pointer items-center px-2.5 font-medium">
        <ChevronRight
          size={16}
          aria-hidden
          className="mr-1 flex-none transition-transform group-open:rotate-90"
        />
        What the model sees
      </summary>
      {opened !== null && (
        <div className="border-t px-2.5 py-2">
          <p className="text-ui text-ink-2 mb-2">
            Before each conversation, with the name and time zone of the person who writes. Here
            it’s yours.
          </p>
          <pre className="font-mono text-[12.5px] break-words whitespace-pre-wrap">
            {briefModel({ agentName, personName, source: "web", ...opened }, instructions)}
          </pre>
        </div>
      )}
    </details>
  )
}
