"use client"

import { FileText, Image as ImageIcon, X } from "lucide-react"

import { IconButton } from "#components/ui/button.tsx"

import type { ComposerFile } from "./composer-files.ts"
import { fileSize } from "./format.ts"

/** The files that go with the message being written. */
export function FileChips(props: {
  files: readonly ComposerFile[]
  onRemove: (id: string) => void
}) {
  if (props.files.length === 0) return null
  return (
    <ul className="flex flex-wrap gap-2 px-3 pt-3" aria-label="Files to send">
      {props.files.map((file) => {
        const isImage = /\.(png|jpe?g|gif|webp|avif|heic)$/i.test(file.filename)
        const Icon = isImage ? ImageIcon : FileText
        return (
          <li
            key={file.id}
            className="rounded-2 border-line-strong bg-surface text-ui touch:h-11 inline-flex h-9 max-w-full items-center gap-2 border pr-1 pl-2.5"
          >
            <Icon size={16} aria-hidden className="flex-none" />
            <span className="truncate">{file.filename}</span>
            <span className="text-ink-3 whitespace-nowrap tabular-nums">
              {fileSize(file.sizeBytes)}
            </span>
            <IconButton
              label={`Remove ${file.filename}`}
              size="icon-small"
              onClick={() => props.onRemove(file.id)}
            >
              <X size={16} aria-hidden />
            </IconButton>
          </li>
        )
      })}
    </ul>
  )
}
