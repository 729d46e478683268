"use client"

import { ArrowUp, Paperclip } from "lucide-react"
import { useEffect, useImperativeHandle, useRef, type ReactNode, type Ref } from "react"

import { IconButton } from "#components/ui/button.tsx"
import { lazyPart } from "#components/ui/lazy-part.tsx"
import { limits } from "#lib/protocol/limits.ts"
import { visibleText } from "#lib/transcript/visible-text.ts"

import type { ComposerHandle, Send } from "./composed-message.ts"
import { useComposerFiles } from "./composer-files.ts"
import { useComposerKeys } from "./use-composer-keys.ts"
import { useDraft } from "./use-draft.ts"
import { useSend } from "./use-send.ts"

const FileChips = lazyPart(async () => (await import("./file-chips.tsx")).FileChips)
const ComposerNotice = lazyPart(async () => (await import("./composer-notice.tsx")).ComposerNotice)

interface ComposerProps {
  ref?: Ref<ComposerHandle>
  agentName: string
  placeholder: string
  /** Storage key of the draft. */
  draftName: string
  onSend: Send
  /** Null when no turn is running. */
  onStop: (() => void) | null
  tray?: ReactNode
  focusesAtStart?: boolean
  /** Whether the journal contains a message with that key, so its draft can go. */
  isAccepted?: (key: string) => boolean
}

const never = () => false
const attachLabel = `Attach files (${limits.attachmentsMax} at most, 12 MB in total)`

/** The message field. Sending clears it; a refusal restores the text. */
export function Composer(props: ComposerProps) {
  const { ref, agentName, placeholder, draftName, onStop, tray } = props
  const area = useRef<HTMLTextAreaElement>(null)
  const picker = useRef<HTMLInputElement>(null)
  const { text, draft, takeEarlySend } = useDraft(draftName, area, props.isAccepted ?? never)
  const files = useComposerFiles()
  const { send, notice, setNotice } = useSend({ text, draft, files, onSend: props.onSend })
  const isEmpty = text.trim() === "" && files.files.length === 0
  const maySend = !isEmpty && !files.isReading
  const keys = useComposerKeys(area, { send: () => void send(), maySend })
  const fault = notice ?? files.refusal

  useImperativeHandle(ref, () => ({
    restore(back, restored) {
      draft.restore(back)
      files.restore(restored)
      area.current?.focus()
    },
    addFiles: files.add,
  }))
  useEffect(() => {
    if (takeEarlySend(text)) void send()
  })
  useEffect(() => {
    if (props.focusesAtStart && !matchMedia("(pointer: coarse)").matches) area.current?.focus()
  }, [props.focusesAtStart])

  return (
    <form
      aria-label="Message"
      className="rounded-4 border-line-strong bg-surface shadow-raise focus-within:border-line-control border transition-colors duration-(--t-fast)"
      onSubmit={(event) => {
        event.preventDefault()
        void send()
      }}
    >
      {tray}
      {fault !== null && (
        <ComposerNotice
          text={fault}
          onDismiss={() => setNotice(null)}
          fallback={<Plain>{fault}</Plain>}
        />
      )}
      {files.files.length > 0 && (
        <FileChips
          files={files.files}
          onRemove={files.remove}
          fallback={<Plain>{files.files.map((file) => file.filename).join(", ")}</Plain>}
        />
      )}
      <textarea
        ref={area}
        data-composer
        // Browsers that restore form fields would bring back a sent message.
        autoComplete="off"
        aria-label={`Message ${agentName}`}
        placeholder={placeholder}
        rows={1}
        value={text}
        className="text-read block field-sizing-content max-h-[33vh] min-h-11 w-full resize-none bg-transparent px-4 pt-3.5 pb-1.5 outline-none"
        enterKeyHint="enter"
        onChange={(event) => draft.set(event.target.value)}
        onKeyDown={keys.onKeyDown}
        onPaste={(event) => {
          const pasted = [...event.clipboardData.files]
          if (pasted.length === 0) return
          event.preventDefault()
          files.add(pasted)
        }}
      />
      <div className="flex items-center gap-1 p-2">
        <IconButton label={attachLabel} onClick={() => picker.current?.click()}>
          <Paperclip size={16} aria-hidden />
        </IconButton>
        <input
          ref={picker}
          type="file"
          multiple
          hidden
          aria-label="Files to attach"
          onChange={(event) => {
            files.add([...(event.target.files ?? [])])
            event.target.value = ""
          }}
        />
        <span className="flex-1" />
        <SendOrStop agentName={agentName} isEmpty={isEmpty} maySend={maySend} onStop={onStop} />
      </div>
    </form>
  )
}

function Plain({ children }: { children: string }) {
  return <p className="text-ui border-b px-4 py-2.5">{visibleText(children)}</p>
}

function SendOrStop(props: {
  agentName: string
  isEmpty: boolean
  maySend: boolean
  onStop: (() => void) | null
}) {
  if (props.onStop === null) {
    return (
      <IconButton look="ink" type="submit" label="Send (Enter)" disabled={!props.maySend}>
        <ArrowUp size={16} aria-hidden />
      </IconButton>
    )
  }
  return (
    <>
      <span className="text-micro text-ink-3 touch:hidden mr-2">
        {props.isEmpty ? "Esc stops" : "Enter queues, Esc stops"}
      </span>
      {!props.isEmpty && (
        <IconButton look="line" type="submit" label="Queue (Enter)" disabled={!props.maySend}>
          <ArrowUp size={16} aria-hidden />
        </IconButton>
      )}
      <IconButton look="ink" label={`Stop ${props.agentName} (Esc)`} onClick={props.onStop}>
        <svg width="12" height="12" aria-hidden="true">
          <rect width="12" height="12" rx="2" fill="currentColor" />
        </svg>
      </IconButton>
    </>
  )
}
