"use client"

import { FileText, Image as ImageIcon, X } from "lucide-react"
import { memo } from "react"

import { fileSize } from "#components/chat/turn/format.ts"
import { IconButton } from "#components/ui/button.tsx"
import { visibleText } from "#lib/transcript/visible-text.ts"

import type { ComposerFile } from "./composer-files.ts"

/** Image types that every browser renders. */
const pictures: Readonly<Record<string, string>> = {
  png: "image/png",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  gif: "image/gif",
  webp: "image/webp",
  avif: "image/avif",
}
/** Larger images show only their name: decoding a preview would cost too much. */
const previewBytesMax = 4_000_000

/** Attachments of the message being written. */
export function FileChips(props: {
  files: readonly ComposerFile[]
  onRemove: (id: string) => void
}) {
  if (props.files.length === 0) return null
  return (
    <ul className="flex flex-wrap gap-2 px-3 pt-3" aria-label="Files to send">
      {props.files.map((file) => (
        <li
          key={file.id}
          className="rounded-2 border-line-strong bg-surface text-ui touch:h-11 relative inline-flex h-9 max-w-full items-center gap-2 overflow-hidden border pr-1 pl-1.5"
        >
          <Preview file={file} />
          <span className="truncate" title={file.filename}>
            {visibleText(file.filename)}
          </span>
          <span className="text-ink-3 whitespace-nowrap tabular-nums">
            {fileSize(file.sizeBytes)}
          </span>
          {file.readShare < 1 && (
            <progress
              value={file.readShare}
              aria-label={`Reading ${file.filename}`}
              className="[&::-moz-progress-bar]:bg-accent [&::-webkit-progress-value]:bg-accent absolute inset-x-0 bottom-0 h-0.5 w-full appearance-none bg-transparent [&::-webkit-progress-bar]:bg-transparent"
            />
          )}
          <IconButton
            label={`Remove ${file.filename}`}
            size="icon-small"
            onClick={() => props.onRemove(file.id)}
          >
            <X size={16} aria-hidden />
          </IconButton>
        </li>
      ))}
    </ul>
  )
}

/** A thumbnail, or an icon. Memoised: the text beside it changes with every key. */
const Preview = memo(function Preview({ file }: { file: ComposerFile }) {
  const type = pictures[file.filename.split(".").at(-1)?.toLowerCase() ?? ""]
  if (type !== undefined && file.readShare === 1 && file.sizeBytes <= previewBytesMax) {
    return (
      // oxlint-disable-next-line nextjs/no-img-element -- bytes of this page, nothing to optimise
      <img
        src={`data:${type};base64,${file.data_b64}`}
        alt=""
        className="rounded-1 bg-sunken size-6 flex-none object-cover"
      />
    )
  }
  const Icon = type === undefined ? FileText : ImageIcon
  return <Icon size={16} aria-hidden className="mx-1 flex-none" />
})
