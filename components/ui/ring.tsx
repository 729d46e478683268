import { LoaderCircle } from "lucide-react"

/** A progress ring; the text beside it names the activity. */
export function Ring({ isQuiet = false }: { isQuiet?: boolean }) {
  return (
    <LoaderCircle
      size={16}
      aria-hidden
      className={`animate-ring flex-none motion-reduce:animate-none ${isQuiet ? "text-ink-3" : "text-accent"}`}
    />
  )
}
