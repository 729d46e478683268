/** The longest IANA names have about 32 characters. */
export const timeZoneCharactersMax = 64

/**
 * Whether it is an IANA time zone name as browsers report it, `Europe/Berlin`; not an offset like
 * `+01:00`.
 */
export function isTimeZone(name: string): boolean {
  if (name.length > timeZoneCharactersMax || !/^[A-Za-z]/.test(name)) return false
  try {
    new Intl.DateTimeFormat("en", { timeZone: name })
    return true
  } catch (error) {
    if (error instanceof RangeError) return false
    throw error
  }
}
