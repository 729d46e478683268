/** This long after a key somebody is still typing. */
const restMs = 400
/** The key's own frame is over by then, and the next key not yet to be expected. */
const afterKeyMs = { from: 40, until: 80 }
/** Text that has waited this long waits no longer. */
const waitMsMax = 120

let typedAtMs = -Infinity
let timer: ReturnType<typeof setTimeout> | undefined

/**
 * A key was pressed. A page that draws every frame makes every key wait for the next one, so for a
 * moment what moves by itself holds still, and text comes between two keys.
 */
export function noteTyping(): void {
  typedAtMs = performance.now()
  const { dataset } = document.documentElement
  dataset["typing"] = ""
  clearTimeout(timer)
  timer = setTimeout(() => delete dataset["typing"], restMs)
}

/** The text was sent: what comes now is waited for. */
export function endTyping(): void {
  typedAtMs = -Infinity
}

/** Runs in a frame: the next one, or beside somebody who types one between two keys. */
export function onFrameBetweenKeys(run: () => void): void {
  const askedAtMs = performance.now()
  const look = () => {
    const now = performance.now()
    const sinceKeyMs = now - typedAtMs
    if (sinceKeyMs < afterKeyMs.from) setTimeout(look, afterKeyMs.from - sinceKeyMs)
    else if (sinceKeyMs < afterKeyMs.until || sinceKeyMs > restMs || now - askedAtMs > waitMsMax) {
      requestAnimationFrame(run)
    } else setTimeout(look, afterKeyMs.from)
  }
  look()
}
