/** Records the page's own timings; injected into the browser before the page's scripts. */
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
  // Requesting every frame delays every key, so it happens only when frames are measured.
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
  /** From a key's timestamp to the first task after its frame. */
  keysMs: number[]
  /** Key latency as reported by the browser in steps of 8 ms: the basis of INP. */
  eventsMs: number[]
  watchesFrames: boolean
  watchFrames(): void
  framesMs: number[]
  firstDeltaAt: number | null
  firstPaintAt: number | null
}
