import { createHash, randomUUID } from "node:crypto"

import { expect, test } from "vitest"

import { purgeAttachmentBytes, purgeDeletedConversation } from "#db/queries/housekeeping.ts"
import type { UploadedFile } from "#lib/attachments/read-uploads.ts"
import type { StartedRuntime } from "#lib/runtime.ts"
import { submitTurn } from "#lib/turns/submit/submit-turn.ts"

import { submissionOf } from "../../../support/studio.ts"
import { useTestStudio } from "../../../support/use-test-studio.ts"

const studio = useTestStudio()
const fileBytes = 1_000

function file(content: string): UploadedFile {
  const bytes = Buffer.alloc(fileBytes, content)
  const sha256 = createHash("sha256").update(bytes).digest()
  return { filename: `${content}.txt`, contentType: "text/plain", bytes, sha256 }
}

const used = async () => {
  const [row] = await studio.db.$client<{ bytes: number }[]>`
    select bytes::float8 as bytes from file_usage`
  return row?.bytes ?? 0
}

/** A process with a quota of two and a half files per tenant. */
async function startSmall(): Promise<StartedRuntime> {
  return { ...(await studio.start({ role: "web" })), fileBytesMax: 2.5 * fileBytes }
}

const send = (
  runtime: StartedRuntime,
  conversationId: string,
  files: UploadedFile[],
  key: string = randomUUID(),
) =>
  submitTurn(
    runtime,
    studio.principal,
    conversationId,
    submissionOf("look", { attachments: files, idempotencyKey: key }),
  )

test("a tenant's files are counted once each, and refused by name when the quota is exceeded", async () => {
  const runtime = await startSmall()
  const conversationId = await studio.createConversation()
  await send(runtime, conversationId, [file("a"), file("a")])
  expect(await used()).toBe(fileBytes)
  await send(runtime, conversationId, [file("b")], "kept")
  expect(await used()).toBe(2 * fileBytes)
  await expect(send(runtime, conversationId, [file("c")])).rejects.toMatchObject({
    code: "storage_full",
    message: expect.stringContaining("GiB"),
  })
  expect(await used()).toBe(2 * fileBytes)
  // Stored files take no more room; neither does a retry or a message without files.
  expect((await send(runtime, conversationId, [file("b"), file("a")])).outcome).toBe("accepted")
  expect((await send(runtime, conversationId, [file("b")], "kept")).outcome).toBe("replayed")
  expect((await send(runtime, conversationId, [])).outcome).toBe("accepted")
})

test("files of deleted conversations free their space", async () => {
  const { db } = studio
  const runtime = await startSmall()
  const [first, second] = [await studio.createConversation(), await studio.createConversation()]
  await send(runtime, first, [file("a"), file("b")])
  await send(runtime, second, [file("b")])
  await expect(send(runtime, second, [file("c")])).rejects.toMatchObject({ code: "storage_full" })
  await db.$client`
    update turns set status = 'ended', counted_at = now() where conversation_id = ${first}`
  await db.$client`
    update conversations set deleted_at = now() - interval '1 day' where id = ${first}`
  await purgeDeletedConversation(db)
  await db.$client`update attachment_bytes set touched_at = now() - interval '2 hours'`
  expect(await purgeAttachmentBytes(db)).toBe(1)
  expect(await used()).toBe(fileBytes)
  expect((await send(runtime, second, [file("c")])).outcome).toBe("accepted")
})

test("concurrent submits lose no byte of the count", async () => {
  const runtime = await studio.start({ role: "web" })
  const ids = await Promise.all(Array.from({ length: 12 }, () => studio.createConversation()))
  await Promise.all(ids.map((id, at) => send(runtime, id, [file(`x${at % 6}`), file("same")])))
  const [sum] = await studio.db.$client<{ bytes: number }[]>`
    select sum(octet_length(bytes))::float8 as bytes from attachment_bytes`
  expect(await used()).toBe(sum?.bytes)
  expect(await used()).toBe(7 * fileBytes)
})
