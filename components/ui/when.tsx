"use client"

import { useTimeZone } from "./use-time-zone.ts"

interface WhenProps {
  /** RFC 3339. */
  time: string
  words: (moment: number, timeZone: string) => string
}

/** A short time with the full timestamp as its tooltip. */
export function When({ time, words }: WhenProps) {
  const timeZone = useTimeZone()
  const moment = Date.parse(time)
  const whole = new Intl.DateTimeFormat("en", { dateStyle: "long", timeStyle: "short", timeZone })
  // Relative times may differ by a minute between server and browser.
  return (
    <time dateTime={time} title={whole.format(moment)} suppressHydrationWarning>
      {words(moment, timeZone)}
    </time>
  )
}
