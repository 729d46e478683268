import { isTimeZone } from "#lib/protocol/time-zone.ts"

/** The IANA time zone of this browser; null where it cannot tell. */
export function ownTimeZone(): string | null {
  const zone: string | undefined = new Intl.DateTimeFormat().resolvedOptions().timeZone
  return zone !== undefined && isTimeZone(zone) ? zone : null
}
