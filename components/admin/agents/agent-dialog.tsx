"use client"

import { useId, useState, type FormEvent } from "react"

import { Button } from "#components/ui/button.tsx"
import { Dialog } from "#components/ui/dialog.tsx"
import { Field } from "#components/ui/field.tsx"
import { Notice } from "#components/ui/notice.tsx"
import { callApi, isApiError } from "#lib/client/api/api.ts"
import type { AgentSettings } from "#lib/protocol/agents.ts"

import { ModelView } from "./model-view.tsx"

interface AgentDialogProps {
  /** Null creates a new agent. */
  agent: AgentSettings | null
  models: readonly string[]
  defaultModel: string
  tools: readonly string[]
  /** The viewer's own name, for the preview of the prompt. */
  personName: string
  onSaved: (name: string) => void
  onClose: () => void
}

const inputLook =
  "rounded-2 border-line-control bg-surface touch:text-read w-full border px-2.5 focus-visible:outline-offset-[-1px]"

/** Creates or edits an agent. */
export function AgentDialog(props: AgentDialogProps) {
  const { agent, onSaved, onClose } = props
  const id = useId()
  const [failure, setFailure] = useState<{ field: string | null; message: string } | null>(null)
  const [isSaving, setSaving] = useState(false)
  const [allTools, setAllTools] = useState(agent?.tools == null)
  const [draft, setDraft] = useState(() => draftOf(agent))
  const errorOf = (field: string) => (failure?.field === field ? failure.message : null)
  const save = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const body = bodyOf(new FormData(event.currentTarget), { isNew: agent === null, allTools })
    setSaving(true)
    try {
      const path = agent === null ? "/v1/agents" : `/v1/agents/${agent.id}`
      await callApi(agent === null ? "POST" : "PATCH", path, { body })
      onSaved(body.display_name)
    } catch (error) {
      if (!isApiError(error)) throw error
      setFailure({ field: error.field ?? null, message: error.message })
    } finally {
      setSaving(false)
    }
  }
  return (
    <Dialog labelledBy={`${id}-title`} className="w-[640px]" onClose={onClose}>
      <form
        className="flex max-h-[calc(100dvh-48px)] flex-col"
        onInput={(event) => setDraft(readDraft(event.currentTarget))}
        onSubmit={(event) => void save(event)}
      >
        <div className="min-h-0 flex-1 space-y-5 overflow-y-auto p-6 max-sm:p-4">
          <h2 id={`${id}-title`} className="text-h2 font-semibold">
            {agent === null ? "New agent" : agent.display_name}
          </h2>
          {failure !== null && failure.field === null && <Notice>{failure.message}</Notice>}
          <Field
            label="Name"
            name="display_name"
            defaultValue={agent?.display_name ?? ""}
            required
            maxLength={100}
            data-first-focus
            error={errorOf("display_name")}
          />
          {agent === null && (
            <Field
              label="Short name"
              name="slug"
              hint="Lowercase letters, digits and hyphens. Used in the API; can’t be changed later."
              required
              pattern="[a-z0-9]([a-z0-9\-]{0,62}[a-z0-9])?"
              error={errorOf("slug")}
            />
          )}
          <Field
            label="Description"
            name="description"
            defaultValue={agent?.description ?? ""}
            hint="Shown where people choose an agent."
            maxLength={500}
            error={errorOf("description")}
          />
          <div>
            <label className="text-ui mb-1.5 block font-medium" htmlFor={`${id}-instructions`}>
              Instructions
            </label>
            <textarea
              id={`${id}-instructions`}
              name="instructions"
              defaultValue={agent?.instructions ?? ""}
              rows={8}
              maxLength={32_000}
              className={`${inputLook} block py-2`}
            />
          </div>
          <ModelView {...draft} personName={props.personName} />
          <ModelField {...props} error={errorOf("model")} />
          <ToolFields {...props} allTools={allTools} onAllTools={setAllTools} />
        </div>
        <div className="flex flex-none justify-end gap-2 border-t p-4">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="ink" disabled={isSaving}>
            {agent === null ? "Create agent" : "Save"}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

/** Free text: no list covers every available model. */
interface Draft {
  agentName: string
  instructions: string
}

function draftOf(agent: AgentSettings | null): Draft {
  return { agentName: agent?.display_name ?? "", instructions: agent?.instructions ?? "" }
}

function readDraft(form: HTMLFormElement): Draft {
  const fields = new FormData(form)
  return { agentName: textIn(fields, "display_name"), instructions: textIn(fields, "instructions") }
}

function textIn(fields: FormData, name: string): string {
  const value = fields.get(name)
  return typeof value === "string" ? value : ""
}

function ModelField(props: AgentDialogProps & { error: string | null }) {
  const { agent, models, defaultModel, error } = props
  const id = useId()
  return (
    <>
      <Field
        label="Model"
        name="model"
        defaultValue={agent?.model ?? ""}
        placeholder={defaultModel}
        hint="Choose one, or type provider/name. Leave it empty for the installation’s default."
        list={`${id}-models`}
        maxLength={200}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        error={error}
      />
      <datalist id={`${id}-models`}>
        {models.map((model) => (
          <option key={model}>{model}</option>
        ))}
      </datalist>
    </>
  )
}

function ToolFields(
  props: AgentDialogProps & { allTools: boolean; onAllTools: (all: boolean) => void },
) {
  const { agent, tools, allTools, onAllTools } = props
  return (
    <fieldset>
      <legend className="text-ui mb-1.5 font-medium">Tools</legend>
      <label className="text-ui touch:min-h-11 flex min-h-7 items-center gap-2">
        <input
          type="checkbox"
          checked={allTools}
          onChange={(event) => onAllTools(event.target.checked)}
        />
        All, including future ones
      </label>
      {!allTools &&
        tools.map((tool) => (
          <label key={tool} className="text-ui touch:min-h-11 flex min-h-7 items-center gap-2 pl-5">
            <input
              type="checkbox"
              name="tools"
              value={tool}
              defaultChecked={agent?.tools?.includes(tool) ?? false}
            />
            <span className="font-mono text-[12.5px]">{tool}</span>
          </label>
        ))}
    </fieldset>
  )
}

function bodyOf(fields: FormData, about: { isNew: boolean; allTools: boolean }) {
  const text = (name: string) => textIn(fields, name)
  return {
    ...(about.isNew ? { slug: text("slug") } : {}),
    display_name: text("display_name"),
    description: text("description"),
    instructions: text("instructions"),
    model: text("model").trim() === "" ? null : text("model").trim(),
    tools: about.allTools ? null : fields.getAll("tools").map(String),
  }
}
