"use client"

import { useTimeZone } from "#components/ui/use-time-zone.ts"

/** A timestamp in the reader's time zone: the time for today, else the date. */
export function LocalTime({ ms, nowMs }: { ms: number; nowMs: number }) {
  const timeZone = useTimeZone()
  const at = new Date(ms)
  const dayOf = (date: Date) => date.toLocaleDateString("en-CA", { timeZone })
  const isToday = dayOf(at) === dayOf(new Date(nowMs))
  const text = isToday
    ? at.toLocaleTimeString("en-GB", { timeZone })
    : at.toLocaleDateString("en-GB", { timeZone, day: "numeric", month: "short", year: "numeric" })
  return (
    <time dateTime={at.toISOString()} title={at.toLocaleString("en-GB", { timeZone })}>
      {text}
    </time>
  )
}
