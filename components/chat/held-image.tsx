"use client"

import { Image as ImageIcon } from "lucide-react"
import { useState } from "react"

import { Button } from "#components/ui/button.tsx"

/** An image of another host is asked for only after a click: the request alone tells it something. */
export function HeldImage({ src, alt }: { src: string; alt: string }) {
  const [isWanted, setWanted] = useState(false)
  const host = hostOf(src)
  if (host === null)
    return <span className="text-ink-3">[image: {alt || "without a description"}]</span>
  if (isWanted) {
    return (
      // oxlint-disable-next-line nextjs/no-img-element -- Next's loader would fetch it on the server
      <img
        src={src}
        alt={alt}
        loading="lazy"
        referrerPolicy="no-referrer"
        className="rounded-3 max-w-full"
      />
    )
  }
  return (
    <Button look="line" onClick={() => setWanted(true)} title={src}>
      <ImageIcon size={16} aria-hidden /> Show image from {host}
    </Button>
  )
}

function hostOf(src: string): string | null {
  if (!URL.canParse(src)) return null
  const url = new URL(src)
  return url.protocol === "https:" || url.protocol === "http:" ? url.host : null
}
