import { setTimeout as sleep } from "node:timers/promises"

import { afterAll, beforeAll, expect, test } from "vitest"

import { purgeIdempotencyKeys } from "#db/queries/housekeeping.ts"
import { newId } from "#lib/ids.ts"

import { createTestStudio, type TestStudio } from "../../../support/studio.ts"

let studio: TestStudio

beforeAll(async () => (studio = await createTestStudio()))
afterAll(async () => await studio?.stop())

async function addExpired(): Promise<string> {
  const key = newId()
  await studio.db.$client`
    insert into idempotency_keys
      (conversation_id, operation, key, turn_id, message_id, fingerprint, expires_at)
    values (${newId()}, 'message', ${key}, ${newId()}, ${newId()}, '', now() - interval '1 second')`
  return key
}

test("expired keys are purged, except one that is claimed again meanwhile", async () => {
  const [spent, anew] = [await addExpired(), await addExpired()]
  let purged: Promise<number> | undefined
  await studio.db.$client.begin(async (sql) => {
    await sql`
      update idempotency_keys set expires_at = now() + interval '1 day' where key = ${anew}`
    purged = purgeIdempotencyKeys(studio.db)
    // By then it waits for the row.
    await sleep(300)
  })
  expect(await purged).toBe(1)
  const kept = await studio.db.$client`
    select key from idempotency_keys where key in (${spent}, ${anew})`
  expect(kept).toEqual([{ key: anew }])
})
