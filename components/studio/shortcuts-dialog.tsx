"use client"

import { Button } from "#components/ui/button.tsx"
import { Dialog } from "#components/ui/dialog.tsx"

import { useKeyNames, type ShortcutName } from "./shortcuts.ts"

const words: readonly [ShortcutName, string][] = [
  ["search", "Search conversations and commands"],
  ["newChat", "New chat"],
  ["sidebar", "Show or hide the sidebar"],
  ["focusComposer", "Go to the message field"],
  ["send", "Send, or queue while the agent works"],
  ["newLine", "New line"],
  ["stop", "Stop the agent"],
  ["copyAnswer", "Copy the last answer"],
  ["list", "Keyboard shortcuts"],
]

/** The list of keyboard shortcuts. */
export function ShortcutsDialog({ onClose }: { onClose: () => void }) {
  const keysOf = useKeyNames()
  return (
    <Dialog labelledBy="shortcuts-name" className="my-auto w-[440px]" onClose={onClose}>
      <div className="p-6">
        <h2 id="shortcuts-name" className="text-h2 mb-3 font-semibold">
          Keyboard shortcuts
        </h2>
        <dl>
          {words.map(([name, says]) => (
            <div key={name} className="flex h-9 items-center gap-4 border-t first:border-t-0">
              <dt className="min-w-0 flex-1 truncate">{says}</dt>
              <dd>
                <kbd className="text-ui text-ink-2 font-sans tracking-wider whitespace-nowrap">
                  {keysOf(name)}
                </kbd>
              </dd>
            </div>
          ))}
        </dl>
        <div className="mt-4 flex justify-end">
          <Button look="line" data-first-focus onClick={onClose}>
            Close
          </Button>
        </div>
      </div>
    </Dialog>
  )
}
