import { availableParallelism } from "node:os"

import { defineConfig } from "vitest/config"
import { BaseSequencer, type TestSpecification } from "vitest/node"

const services = "tests/support/services.ts"
const build = "tests/support/build-once.ts"

/** They promise something within about a second: they run last, when nothing else is at work. */
const timed = [
  "tests/integration/faults/{postgres-away,stop-elsewhere,submit-once}.test.ts",
  "tests/integration/lib/live/attach-stream{,-elsewhere}.test.ts",
  "tests/integration/lib/redis/*.test.ts",
  "tests/integration/lib/turns/submit/submit-turn.test.ts",
]

/** The same over both mounts. */
const timedContract = ["tests/contract/outage.test.ts"]

/** The same in a browser. */
const timedInBrowser = ["e2e/lead.test.ts"]

/** They take long and keep a processor busy: pages in a browser, requests by the hundred. */
const isBusy = ({ moduleId }: TestSpecification) => /\/(?:e2e|contract)\//.test(moduleId)
/** They take long and mostly wait: for processes, leases, limits. */
const isWaiting = ({ moduleId }: TestSpecification) =>
  /\/(?:faults|scripts|embedded|turns)\//.test(moduleId)

/** Loading the product again for each file took a third of the time of most. */
const isolate = false

const isStart = ({ moduleId }: TestSpecification) => /\/(?:scripts|embedded)\//.test(moduleId)

/**
 * Long files start first, so that no worker is left alone with one at the end; one that works and one
 * that waits in turn, so that there is always something for the processors to do.
 */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const busy = sorted.filter(isBusy)
    // Those that race a kill before those that only start and end.
    const waiting = sorted
      .filter(isWaiting)
      .toSorted((a, b) => Number(isStart(a)) - Number(isStart(b)))
    const long = busy.flatMap((file, place) => [file, ...waiting.slice(place, place + 1)])
    return [
      ...long,
      ...waiting.slice(busy.length),
      ...sorted.filter((file) => !isBusy(file) && !isWaiting(file)),
    ]
  }
}

export default defineConfig({
  test: {
    setupFiles: ["tests/support/fail-on-console-error.ts"],
    // Ends what hangs. What is promised in seconds, a test measures itself.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // More than there are cores: most files wait for processes, leases and pages.
    maxWorkers: Math.max(4, availableParallelism()),
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          isolate,
          include: ["tests/unit/**/*.test.ts?(x)"],
        },
      },
      {
        extends: true,
        test: {
          name: "integration",
          isolate,
          include: ["tests/integration/**/*.test.ts"],
          exclude: timed,
          globalSetup: [services],
        },
      },
      {
        extends: true,
        test: {
          name: "timed",
          isolate,
          include: timed,
          globalSetup: [services],
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: "contract",
          isolate,
          include: ["tests/contract/**/*.test.ts"],
          exclude: timedContract,
          globalSetup: [services, build],
        },
      },
      {
        extends: true,
        test: {
          name: "timed-contract",
          isolate,
          include: timedContract,
          globalSetup: [services, build],
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: "e2e",
          isolate,
          setupFiles: ["e2e/support/fail-on-violation.ts"],
          include: ["e2e/**/*.test.ts"],
          exclude: timedInBrowser,
          globalSetup: [services, build],
          testTimeout: 90_000,
        },
      },
      {
        extends: true,
        test: {
          name: "timed-e2e",
          isolate,
          setupFiles: ["e2e/support/fail-on-violation.ts"],
          include: timedInBrowser,
          globalSetup: [services, build],
          testTimeout: 90_000,
          maxWorkers: 1,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
})
