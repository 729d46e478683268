/** Within this time after a key the person counts as typing. */
const restMs = 400
/** The key's own frame is done by then, and the next key is not due yet. */
const afterKeyMs = { from: 40, until: 80 }
/** Upper bound on the delay of streamed text. */
const waitMsMax = 120

let typedAtMs = -Infinity
let timer: ReturnType<typeof setTimeout> | undefined

/**
 * Records a key press. Rendering every frame delays each key to the next one, so animations pause
 * briefly and streamed text is flushed between keys.
 */
export function noteTyping(): void {
  typedAtMs = performance.now()
  const { dataset } = document.documentElement
  dataset["typing"] = ""
  clearTimeout(timer)
  timer = setTimeout(() => delete dataset["typing"], restMs)
}

/** The message was sent: stop delaying streamed text. */
export function endTyping(): void {
  typedAtMs = -Infinity
}

/** Runs in the next frame, or between two keys while the person types. */
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
