/** What a page records about itself; it runs in the browser before anything else of the page. */
export function installProbe(): void {
  const probe = {
    longTasksMs: [] as number[],
    keysMs: [] as number[],
    eventsMs: [] as number[],
    framesMs: [] as number[],
    watchesFrames: false,
    firstDeltaAt: null as number | null,
    firstPaintAt: null as number | null,
  }
  Reflect.set(window, "probe", probe)
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) probe.longTasksMs.push(entry.duration)
  }).observe({ type: "longtask" })
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      if (entry.name === "keydown") probe.eventsMs.push(entry.duration)
    }
  }).observe({ type: "event", durationThreshold: 0 } as PerformanceObserverInit)

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
  // To ask for every frame costs every key the wait for it, so it is done only when frames are asked.
  const watchFrames = (before: number) =>
    requestAnimationFrame((at) => {
      if (before > 0) probe.framesMs.push(at - before)
      if (probe.watchesFrames) watchFrames(at)
    })
  Reflect.set(probe, "watchFrames", () => {
    probe.watchesFrames = true
    watchFrames(0)
  })

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
  /** From a key's own time to the first task after its frame. */
  keysMs: number[]
  /** Keys as the browser counts them, in steps of 8 ms: what it reports to sites as INP. */
  eventsMs: number[]
  watchesFrames: boolean
  watchFrames(): void
  framesMs: number[]
  firstDeltaAt: number | null
  firstPaintAt: number | null
}
