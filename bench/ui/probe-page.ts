/** What a page records about itself; it runs in the browser before anything else of the page. */
export function installProbe(): void {
  const probe = {
    longTasksMs: [] as number[],
    keysMs: [] as number[],
    framesMs: [] as number[],
    firstDeltaAt: null as number | null,
    firstPaintAt: null as number | null,
  }
  Reflect.set(window, "probe", probe)
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) probe.longTasksMs.push(entry.duration)
  }).observe({ type: "longtask" })

  const afterPaint = (done: (at: number) => void) =>
    requestAnimationFrame(() => {
      const channel = new MessageChannel()
      channel.port1.addEventListener("message", () => done(performance.now()))
      channel.port1.start()
      channel.port2.postMessage(0)
    })
  addEventListener(
    "keydown",
    (event) => afterPaint((at) => probe.keysMs.push(at - event.timeStamp)),
    { capture: true },
  )
  let lastFrame = 0
  const frame = (at: number) => {
    if (lastFrame > 0) probe.framesMs.push(at - lastFrame)
    lastFrame = at
    requestAnimationFrame(frame)
  }
  requestAnimationFrame(frame)

  const { prototype } = ReadableStreamDefaultReader
  const read: (this: unknown) => Promise<ReadableStreamReadResult<unknown>> = Reflect.get(
    prototype,
    "read",
  )
  prototype.read = async function () {
    const result = await read.apply(this)
    const { value } = result
    if (probe.firstDeltaAt === null && value instanceof Uint8Array) {
      if (new TextDecoder().decode(value).includes("event: text_delta")) {
        probe.firstDeltaAt = performance.now()
      }
    }
    return result
  }
  new MutationObserver(() => {
    if (probe.firstDeltaAt === null || probe.firstPaintAt !== null) return
    const answer = [...document.querySelectorAll("[role=log] .prose")].at(-1)
    if (answer?.textContent?.startsWith("First") !== true) return
    probe.firstPaintAt = 0
    afterPaint((at) => (probe.firstPaintAt = at))
  }).observe(document, { childList: true, characterData: true, subtree: true })
}

export interface Probe {
  longTasksMs: number[]
  keysMs: number[]
  framesMs: number[]
  firstDeltaAt: number | null
  firstPaintAt: number | null
}
