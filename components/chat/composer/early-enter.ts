/**
 * Runs before hydration: keeps an Enter pressed in the composer, with the text at that moment,
 * instead of inserting a line break. Listens in the capture phase, because React stops events on
 * targets that are not hydrated yet.
 */
export const earlyEnterScript = `
window.earlyEnter = { text: null }
addEventListener("keydown", (event) => {
  const area = event.target
  if (window.earlyEnter === undefined || event.key !== "Enter" || event.shiftKey || event.altKey) return
  if (event.isComposing || event.keyCode === 229 || !area.matches("textarea[data-composer]")) return
  if (matchMedia("(pointer: coarse)").matches && !event.ctrlKey && !event.metaKey) return
  event.preventDefault()
  window.earlyEnter.text = area.value
}, { capture: true })`

/** The text at the early Enter, or null. Afterwards the composer handles its own keys. */
export function takeEarlyEnter(): string | null {
  const kept: unknown = Reflect.get(window, "earlyEnter")
  Reflect.deleteProperty(window, "earlyEnter")
  if (typeof kept !== "object" || kept === null) return null
  const text: unknown = Reflect.get(kept, "text")
  return typeof text === "string" && text.trim() !== "" ? text : null
}
