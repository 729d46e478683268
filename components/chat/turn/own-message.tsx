"use client"

import { FileText, Image as ImageIcon, Link as LinkIcon } from "lucide-react"
import type { ReactNode } from "react"

import { linkToSeq } from "#components/chat/thread/link-to-seq.ts"
import { CopyButton } from "#components/ui/copy-button.tsx"
import { useTimeZone } from "#components/ui/use-time-zone.ts"
import { visibleText } from "#lib/transcript/visible-text.ts"

import { clockTime, dayAndTime } from "./clock.ts"
import { fileSize } from "./format.ts"

export interface ShownFile {
  name: string
  type: string
  sizeBytes: number
  /** Download address, once the server has the bytes. */
  href?: string
}

interface OwnMessageProps {
  text: string
  files: readonly ShownFile[]
  atMs: number | null
  seq?: number
  /** Status shown while the message is being sent. */
  note?: ReactNode
}

/** A message of the person: right-aligned, with its attachments below. */
export function OwnMessage({ text, files, atMs, seq, note }: OwnMessageProps) {
  const timeZone = useTimeZone()
  const at = atMs === null ? null : new Date(atMs)
  const time = at === null ? undefined : clockTime(at, timeZone)
  return (
    <article
      aria-label={time === undefined ? "You" : `You, ${time}`}
      data-seq={seq}
      className="group/own relative scroll-mt-6"
    >
      {text !== "" && (
        <div
          title={at === null ? undefined : dayAndTime(at, timeZone)}
          className={`rounded-4 bg-hover text-read ml-auto w-fit max-w-[85%] px-4 py-2.5 [overflow-wrap:anywhere] whitespace-pre-wrap ${note === undefined ? "" : "text-ink-2"}`}
        >
          {visibleText(text)}
        </div>
      )}
      {files.length > 0 && (
        <ul className="mt-2 flex flex-wrap justify-end gap-2" aria-label="Attached files">
          {files.map((file, index) => (
            // oxlint-disable-next-line react/no-array-index-key -- the list of a message never changes
            <li key={index} className="max-w-full">
              <FileBadge file={file} />
            </li>
          ))}
        </ul>
      )}
      {seq !== undefined && (
        <div className="text-micro text-ink-3 touch:opacity-100 absolute top-full right-0 flex h-8 items-center opacity-0 transition-opacity duration-(--t-fast) group-focus-within/own:opacity-100 group-hover/own:opacity-100">
          {at !== null && (
            <time dateTime={at.toISOString()} className="mr-1.5">
              {time}
            </time>
          )}
          {text !== "" && <CopyButton label="Copy your message" text={() => text} />}
          <CopyButton
            label="Copy link to this message"
            text={() => linkToSeq(seq)}
            icon={<LinkIcon size={16} aria-hidden />}
          />
        </div>
      )}
      {note !== undefined && <div className="text-ui text-ink-3 mt-1 text-right">{note}</div>}
    </article>
  )
}

function FileBadge({ file }: { file: ShownFile }) {
  const Icon = file.type.startsWith("image/") ? ImageIcon : FileText
  const content = (
    <>
      <Icon size={16} aria-hidden className="flex-none" />
      <span className="truncate">{visibleText(file.name)}</span>
      <span className="text-ink-3 whitespace-nowrap tabular-nums">{fileSize(file.sizeBytes)}</span>
    </>
  )
  const look =
    "inline-flex h-9 max-w-full items-center gap-2 rounded-2 border border-line-strong bg-surface px-2.5 text-ui touch:h-11"
  if (file.href === undefined) return <span className={look}>{content}</span>
  return (
    <a className={`${look} hover:bg-hover`} href={file.href} download={file.name}>
      {content}
    </a>
  )
}
