/** Places people name that are no city of the time zone database. */
const places: Record<string, string> = {
  austria: "Europe/Vienna",
  bangalore: "Asia/Kolkata",
  beijing: "Asia/Shanghai",
  boston: "America/New_York",
  delhi: "Asia/Kolkata",
  france: "Europe/Paris",
  germany: "Europe/Berlin",
  india: "Asia/Kolkata",
  italy: "Europe/Rome",
  japan: "Asia/Tokyo",
  "los angeles": "America/Los_Angeles",
  mumbai: "Asia/Kolkata",
  munich: "Europe/Berlin",
  "new york": "America/New_York",
  "san francisco": "America/Los_Angeles",
  seattle: "America/Los_Angeles",
  spain: "Europe/Madrid",
  switzerland: "Europe/Zurich",
  uk: "Europe/London",
  england: "Europe/London",
  utc: "UTC",
  gmt: "UTC",
  washington: "America/New_York",
}

let known: Map<string, string> | undefined

/** The IANA time zone of the place after “in” (or named outright) in a text, or null. */
export function findTimeZone(text: string): string | null {
  known ??= knownPlaces()
  const named = /\b[A-Z][A-Za-z]+\/[A-Z][A-Za-z_/]+\b/.exec(text)?.[0]
  if (named !== undefined) return named
  for (const match of text.matchAll(/\b(?:in|at|for)\s+(?:the\s+)?([\p{L} ]+)/giu)) {
    const words = (match[1] ?? "").trim().toLowerCase().split(/\s+/)
    // “in new york right now”: the longest beginning that is a place.
    for (let count = Math.min(words.length, 4); count > 0; count -= 1) {
      const zone = known.get(words.slice(0, count).join(" "))
      if (zone !== undefined) return zone
    }
  }
  return null
}

function knownPlaces(): Map<string, string> {
  const cities = Intl.supportedValuesOf("timeZone").map((zone): [string, string] => [
    (zone.split("/").at(-1) ?? zone).replaceAll("_", " ").toLowerCase(),
    zone,
  ])
  return new Map([...cities, ...Object.entries(places)])
}
