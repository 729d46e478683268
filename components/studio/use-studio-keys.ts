"use client"

import { useRouter } from "next/navigation"
import { useEffect } from "react"

/** ⌘⇧O starts a new chat, ⌘⇧S shows and hides the sidebar. */
export function useStudioKeys({ toggleSidebar }: { toggleSidebar: () => void }): void {
  const router = useRouter()
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || !event.shiftKey || !(event.metaKey || event.ctrlKey)) return
      const key = event.key.toLowerCase()
      if (key !== "o" && key !== "s") return
      event.preventDefault()
      if (key === "o") router.push("/")
      else toggleSidebar()
    }
    window.addEventListener("keydown", onKey)
    return () => window.removeEventListener("keydown", onKey)
  }, [router, toggleSidebar])
}
