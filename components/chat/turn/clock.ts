/** Creating a formatter costs more than a hundred uses. */
const formats = new Map<string, Intl.DateTimeFormat>()

export function clockTime(at: Date, timeZone: string): string {
  return formatOf(`time ${timeZone}`, { hour: "2-digit", minute: "2-digit", timeZone }).format(at)
}

export function dayAndTime(at: Date, timeZone: string): string {
  const options = { dateStyle: "medium", timeStyle: "short", timeZone } as const
  return formatOf(`day ${timeZone}`, options).format(at)
}

function formatOf(name: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const made = formats.get(name) ?? new Intl.DateTimeFormat("en-GB", options)
  formats.set(name, made)
  return made
}
