"use client"

import { Code as CodeIcon, Workflow } from "lucide-react"
import { useEffect, useState } from "react"

import { IconButton } from "#components/ui/button.tsx"
import { CopyButton } from "#components/ui/copy-button.tsx"

import { CodeFrame } from "./code-frame.tsx"
import { useIsDark } from "./use-is-dark.ts"

type Drawing = { source: string; isDark: boolean; image: { url: string; widthPx: number } | null }

/** Renders a Mermaid diagram; shows its source on demand or when it cannot be rendered. */
export function Diagram({ source }: { source: string }) {
  const isDark = useIsDark()
  const drawing = useDrawing(source, isDark)
  const [wantsSource, setWantsSource] = useState(false)
  const image = wantsSource ? null : (drawing?.image ?? null)
  return (
    <CodeFrame
      label={
        drawing !== null && drawing.image === null
          ? "Mermaid, not rendered: syntax error"
          : "Mermaid"
      }
      actions={
        <>
          <IconButton
            label={wantsSource ? "Show diagram" : "Show source"}
            size="icon-small"
            disabled={drawing?.image == null}
            onClick={() => setWantsSource(!wantsSource)}
          >
            {wantsSource ? <Workflow size={16} aria-hidden /> : <CodeIcon size={16} aria-hidden />}
          </IconButton>
          <CopyButton label="Copy source" text={() => source} />
        </>
      }
    >
      {image === null ? (
        <pre
          // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls sideways
          tabIndex={0}
          className="text-code-text overflow-x-auto px-3.5 pt-0.5 pb-3.5 font-mono text-[13px]/[21px]"
        >
          <code>{source}</code>
        </pre>
      ) : (
        // oxlint-disable-next-line nextjs/no-img-element -- it was made in this page
        <img
          src={image.url}
          width={image.widthPx}
          alt={`Diagram drawn from: ${source.slice(0, 300)}`}
          className="mx-auto block h-auto max-w-full px-3.5 pb-3.5"
        />
      )}
    </CodeFrame>
  )
}

async function draw(source: string, isDark: boolean) {
  const { drawDiagram } = await import("./draw-diagram.ts")
  return await drawDiagram(source, isDark)
}

function useDrawing(source: string, isDark: boolean): Drawing | null {
  const [drawing, setDrawing] = useState<Drawing | null>(null)
  useEffect(() => {
    let isGone = false
    let url: string | null = null
    const show = (drawn: { svg: Blob; widthPx: number } | null) => {
      if (isGone) return
      if (drawn !== null) url = URL.createObjectURL(drawn.svg)
      const image = url === null || drawn === null ? null : { url, widthPx: drawn.widthPx }
      setDrawing({ source, isDark, image })
    }
    // Mermaid failed to load: keep the source.
    draw(source, isDark).then(show, () => {})
    return () => {
      isGone = true
      if (url !== null) URL.revokeObjectURL(url)
    }
  }, [source, isDark])
  return drawing?.source === source ? drawing : null
}
