import { monitorEventLoopDelay } from "node:perf_hooks"

/** Questions that the parent process can ask a measured process. */
export type ProbeQuestion = "memory" | "cpu" | "loop_start" | "loop_max" | "stop"

const delay = monitorEventLoopDelay({ resolution: 1 })

/**
 * Tells the parent that this process listens, then answers its questions: resident bytes after a
 * garbage collection, CPU time in µs, and the longest time the event loop was blocked since
 * `loop_start`, in ms.
 */
export function answerProbe(port: number, stop: () => Promise<void>): void {
  process.on("message", (question: ProbeQuestion) => void answer(question, stop))
  process.on("disconnect", () => process.exit(1))
  process.send?.({ ready: port })
}

async function answer(question: ProbeQuestion, stop: () => Promise<void>): Promise<void> {
  switch (question) {
    case "memory":
      for (let round = 0; round < 3; round += 1) {
        globalThis.gc?.()
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
      process.send?.({ answer: process.memoryUsage.rss() })
      return
    case "cpu": {
      const { user, system } = process.cpuUsage()
      process.send?.({ answer: user + system })
      return
    }
    case "loop_start":
      delay.reset()
      delay.enable()
      process.send?.({ answer: 0 })
      return
    case "loop_max":
      delay.disable()
      process.send?.({ answer: delay.max / 1e6 })
      return
    case "stop":
      await stop()
      process.exit(0)
  }
}
