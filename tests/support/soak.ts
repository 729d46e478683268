interface SoakOptions {
  /** Whether `npm run soak` runs the long form; `npm test` runs the short one. */
  isLong: boolean
  minutes: number
  rounds: number
  seed: number
}

/**
 * Duration and rounds: the arguments of `npm run soak -- <name>`, else the short form of a test
 * run. The long form has defaults of its own.
 */
export function soakOptions(
  name: string,
  forms: {
    short: { minutes?: number; rounds?: number; seed: number }
    long: { minutes?: number; rounds?: number }
  },
): SoakOptions {
  const isLong = process.env["SOAK"] === name
  const defaults = isLong ? { ...forms.short, ...forms.long } : forms.short
  const asked = (variable: string) =>
    isLong && process.env[variable] !== undefined ? Number(process.env[variable]) : undefined
  return {
    isLong,
    minutes: asked("SOAK_MINUTES") ?? defaults.minutes ?? 0,
    rounds: asked("SOAK_ROUNDS") ?? defaults.rounds ?? 0,
    seed: asked("SOAK_SEED") ?? (isLong ? Math.floor(Math.random() * 2 ** 31) : defaults.seed),
  }
}
