const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs
/** From here on the remaining days are shown as a warning. */
const warningDays = 7

/** `Mar 1`, with the year when it is not this one. */
export function dayWords(time: number, now: number, timeZone: string): string {
  const yearOf = (moment: number) =>
    new Intl.DateTimeFormat("en", { year: "numeric", timeZone }).format(moment)
  return new Intl.DateTimeFormat("en", {
    month: "short",
    day: "numeric",
    ...(yearOf(time) === yearOf(now) ? {} : { year: "numeric" }),
    timeZone,
  }).format(time)
}

/** `Mar 1, 2027` */
export function dateWords(time: number, timeZone: string): string {
  return new Intl.DateTimeFormat("en", { dateStyle: "medium", timeZone }).format(time)
}

/** Remaining lifetime: `in 98 days`, `in 5 h`. */
export function leftWords(endsAt: number, now: number): { text: string; isSoon: boolean } {
  const leftMs = endsAt - now
  if (leftMs <= 0) return { text: "expired", isSoon: true }
  // The page's clock lags: a token of 90 days must never show 91 days left, nor one of an hour two.
  const days = Math.ceil((leftMs - hourMs) / dayMs)
  const isSoon = days < warningDays
  if (leftMs < hourMs) return { text: `in ${Math.ceil(leftMs / minuteMs)} min`, isSoon }
  if (leftMs < dayMs)
    return { text: `in ${Math.max(1, Math.ceil((leftMs - minuteMs) / hourMs))} h`, isSoon }
  return { text: days === 1 ? "in 1 day" : `in ${days} days`, isSoon }
}

/** `2 min ago`, `4 h ago`, `yesterday`, `Aug 30`; uses are recorded once a minute. */
export function usedWords(usedAt: number, now: number, timeZone: string): string {
  const agoMs = now - usedAt
  if (agoMs < 2 * minuteMs) return "just now"
  if (agoMs < hourMs) return `${Math.floor(agoMs / minuteMs)} min ago`
  const day = dayWords(usedAt, now, timeZone)
  if (day === dayWords(now, now, timeZone)) return `${Math.floor(agoMs / hourMs)} h ago`
  return day === dayWords(now - dayMs, now, timeZone) ? "yesterday" : day
}

/** Last use of a token: `GET …/messages · 10.0.4.11`; empty when unknown. */
export function whereWords(use: {
  last_used_route: string | null
  last_used_address: string | null
}): string {
  const [method = "", path = ""] = use.last_used_route?.split(" ") ?? []
  const last = path.split("/").findLast((segment) => !segment.startsWith("{"))
  const route = path.includes("{") ? `${method} …/${last}` : `${method} ${path}`
  return [route.trim(), use.last_used_address ?? ""].filter((part) => part !== "").join(" · ")
}

export function endOf(days: number, now: number): number {
  return now + days * dayMs
}
