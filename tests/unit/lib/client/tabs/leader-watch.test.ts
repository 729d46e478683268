import { afterEach, expect, test, vi } from "vitest"

import { LeaderWatch } from "#lib/client/tabs/leader-watch.ts"

afterEach(() => {
  vi.useRealTimers()
})

test("a page whose timer fires seconds late was suspended; a busy one was not", () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] })
  const now = vi.spyOn(performance, "now").mockReturnValue(0)
  const onSlept = vi.fn<() => void>()
  const seize = vi.fn<() => void>()
  const watch = new LeaderWatch({
    isVisible: () => true,
    ask: () => {},
    seize,
    onSlept,
    random: () => 0,
  })
  watch.start()
  now.mockReturnValue(1_200)
  vi.advanceTimersByTime(400)
  expect(onSlept).not.toHaveBeenCalled()
  now.mockReturnValue(60_000)
  vi.advanceTimersByTime(400)
  expect(onSlept).toHaveBeenCalledOnce()
  // Silence during a suspension says nothing about the leader.
  expect(seize).not.toHaveBeenCalled()
  watch.stop()
  now.mockRestore()
})
