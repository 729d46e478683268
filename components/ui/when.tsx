"use client"

import { useTimeZone } from "./use-time-zone.ts"

interface WhenProps {
  /** RFC 3339. */
  time: string
  words: (moment: number, timeZone: string) => string
}

/** A moment in few words; the whole of it in its tooltip. */
export function When({ time, words }: WhenProps) {
  const timeZone = useTimeZone()
  const moment = Date.parse(time)
  const whole = new Intl.DateTimeFormat("en", { dateStyle: "long", timeStyle: "short", timeZone })
  // The words may be of another minute than the server's.
  return (
    <time dateTime={time} title={whole.format(moment)} suppressHydrationWarning>
      {words(moment, timeZone)}
    </time>
  )
}
