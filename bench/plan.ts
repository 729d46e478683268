import { measureBroadcast } from "./measures/broadcast.ts"
import { measureCrash } from "./measures/crash.ts"
import { measureDelta } from "./measures/delta.ts"
import { measureIdle } from "./measures/idle.ts"
import { measureReplay } from "./measures/replay.ts"
import { measureSubmit } from "./measures/submit.ts"
import type { Report } from "./report.ts"
import type { Stage } from "./stage.ts"

type Measure = (stage: Stage, report: Report) => Promise<void>
type Plan = Record<string, Measure>

interface Sizes {
  submit: Parameters<typeof measureSubmit>[2]
  delta: Parameters<typeof measureDelta>[2]
  idle: Parameters<typeof measureIdle>[2]
  replay: Parameters<typeof measureReplay>[2]
  broadcast: Parameters<typeof measureBroadcast>[2]
  crash: Parameters<typeof measureCrash>[2]
}

/** At most 3 minutes. */
export function quickPlan(against?: string): Plan {
  return planOf({
    submit: { roundMs: 400, rounds: 4, connections: [1, 16, 64], ...other(against) },
    delta: {
      cases: [
        { streams: 1, perSecond: 20, seconds: 3, rounds: 1, isTarget: false },
        { streams: 100, perSecond: 20, seconds: 3, rounds: 2, isTarget: true },
      ],
      ...other(against),
    },
    idle: { streams: 2_000, ...other(against) },
    replay: { rounds: 5, longEvents: 100_000 },
    broadcast: { rounds: 1 },
    crash: { rounds: 1 },
  })
}

/** At most 12 minutes. */
export function fullPlan(against?: string): Plan {
  return planOf({
    submit: { roundMs: 500, rounds: 15, connections: [1, 16, 64], ...other(against) },
    delta: {
      cases: [
        { streams: 1, perSecond: 20, seconds: 4, rounds: 3, isTarget: false },
        { streams: 100, perSecond: 20, seconds: 5, rounds: 3, isTarget: true },
        { streams: 500, perSecond: 30, seconds: 5, rounds: 1, isTarget: false },
        { streams: 1_000, perSecond: 5, seconds: 5, rounds: 2, isTarget: true },
      ],
      ...other(against),
    },
    idle: { streams: 10_000, ...other(against) },
    replay: { rounds: 11, longEvents: 1_000_000 },
    broadcast: { rounds: 3 },
    crash: { rounds: 2 },
  })
}

function other(against: string | undefined): { against?: string } {
  return against === undefined ? {} : { against }
}

function planOf(sizes: Sizes): Plan {
  return {
    submit: (stage, report) => measureSubmit(stage, report, sizes.submit),
    delta: (stage, report) => measureDelta(stage, report, sizes.delta),
    idle: (stage, report) => measureIdle(stage, report, sizes.idle),
    replay: (stage, report) => measureReplay(stage, report, sizes.replay),
    broadcast: (stage, report) => measureBroadcast(stage, report, sizes.broadcast),
    crash: (stage, report) => measureCrash(stage, report, sizes.crash),
  }
}
