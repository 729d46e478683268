/** Unsent and in-flight text per conversation; survives a reload. */
interface Draft {
  text: string
  /** The key of the click that sent exactly this text and was not answered. */
  key?: string
}

const prefix = "studio.draft."

export function loadDraft(name: string): Draft {
  const stored = read(prefix + name)
  if (stored === null) return { text: "" }
  const at = stored.indexOf("\n")
  const key = stored.slice(0, at)
  return { text: stored.slice(at + 1), ...(key === "" ? {} : { key }) }
}

export function saveDraft(name: string, draft: Draft): void {
  if (draft.text === "") remove(prefix + name)
  else write(prefix + name, `${draft.key ?? ""}\n${draft.text}`)
}

/** Removes every draft of this browser. */
export function forgetDrafts(): void {
  try {
    const names = Object.keys(window.localStorage).filter((name) => name.startsWith(prefix))
    for (const name of names) remove(name)
  } catch (error) {
    unlessRefused(error, null)
  }
}

/** Storage can be full, switched off, or another's: a draft is then only kept in memory. */
function read(name: string): string | null {
  try {
    return window.localStorage.getItem(name)
  } catch (error) {
    return unlessRefused(error, null)
  }
}

function write(name: string, value: string): void {
  try {
    window.localStorage.setItem(name, value)
  } catch (error) {
    unlessRefused(error, null)
  }
}

function remove(name: string): void {
  try {
    window.localStorage.removeItem(name)
  } catch (error) {
    unlessRefused(error, null)
  }
}

function unlessRefused<T>(error: unknown, value: T): T {
  if (error instanceof DOMException) return value
  throw error
}
