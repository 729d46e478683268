/**
 * Runs before the page's code: an Enter that is pressed in the composer by then is kept, with the text
 * it was pressed on, instead of breaking the line. It listens while the event is captured, for React
 * stops an event on its way up when the place it happened in is not hydrated yet.
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

/** The text that Enter was pressed on, or null. From then on the composer sees its keys itself. */
export function takeEarlyEnter(): string | null {
  const kept: unknown = Reflect.get(window, "earlyEnter")
  Reflect.deleteProperty(window, "earlyEnter")
  if (typeof kept !== "object" || kept === null) return null
  const text: unknown = Reflect.get(kept, "text")
  return typeof text === "string" && text.trim() !== "" ? text : null
}
