/** Microseconds of the machine's monotonic clock, comparable across processes. */
export function nowMicros(): number {
  return Number(process.hrtime.bigint() / 1000n)
}
