import { CircleAlert } from "lucide-react"

/** A rejection notice above the composer. */
export function ComposerNotice({ text, onDismiss }: { text: string; onDismiss: () => void }) {
  return (
    <div
      role="alert"
      className="text-ui flex min-h-10 items-center gap-3 border-b py-1.5 pr-2 pl-4"
    >
      <CircleAlert size={16} aria-hidden className="text-danger flex-none" />
      <span className="flex-1">{text}</span>
      <button
        type="button"
        className="rounded-2 text-ink-2 hover:bg-hover touch:h-11 h-7 px-2 font-medium"
        onClick={onDismiss}
      >
        Dismiss
      </button>
    </div>
  )
}
