/** Microseconds of the machine's monotonic clock: the same for every process on it. */
export function nowMicros(): number {
  return Number(process.hrtime.bigint() / 1000n)
}
