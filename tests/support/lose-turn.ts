import type { TestStudio } from "./studio.ts"
import { waitFor } from "./wait-for.ts"

/**
 * Takes a running turn from its attempt, like the sweep after an expired lease: it counts as a
 * crash.
 */
export async function loseTurn(studio: TestStudio, turnId: string): Promise<void> {
  const sql = studio.db.$client
  const find = async () => {
    const [row] = await sql<{ attempt: number }[]>`select attempt from turns where id = ${turnId}`
    return row?.attempt ?? 0
  }
  const before = await find()
  await waitFor(
    async () => {
      // Repeatedly, because its driver renews the lease.
      await sql`
        update turns set lease_until = 'epoch'
        where id = ${turnId} and status = 'running' and attempt = ${before}`
      return (await find()) > before
    },
    { timeoutMs: 15_000 },
  )
}
