import { LoaderCircle } from "lucide-react"

/** Something is being worked on; always beside words that say what. */
export function Ring({ isQuiet = false }: { isQuiet?: boolean }) {
  return (
    <LoaderCircle
      size={16}
      aria-hidden
      className={`animate-ring flex-none motion-reduce:animate-none ${isQuiet ? "text-ink-3" : "text-accent"}`}
    />
  )
}
