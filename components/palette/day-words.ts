/** Short date: `14:02`, `yesterday`, `Nov 19`, `Nov 19, 2025`. */
export function dayWords(atMs: number, nowMs: number, timeZone: string): string {
  const day = (ms: number) => new Intl.DateTimeFormat("en-CA", { timeZone }).format(ms)
  const format = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat("en", { timeZone, ...options }).format(atMs)
  if (day(atMs) === day(nowMs)) {
    return format({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" })
  }
  if (day(atMs) === day(nowMs - 86_400_000)) return "yesterday"
  const isThisYear = day(atMs).slice(0, 4) === day(nowMs).slice(0, 4)
  return format({ month: "short", day: "numeric", ...(isThisYear ? {} : { year: "numeric" }) })
}
