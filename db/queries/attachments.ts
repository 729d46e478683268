import type { Database } from "../client.ts"
import type { ViewerScope } from "./conversations.ts"

interface AttachmentFile {
  filename: string
  contentType: string
  bytes: Buffer
}

/** A file of a conversation the viewer may read, with its bytes. */
export async function findAttachmentFile(
  db: Database,
  viewer: ViewerScope,
  conversationId: string,
  attachmentId: string,
): Promise<AttachmentFile | null> {
  const [row] = await db.$client<AttachmentFile[]>`
    select attachments.filename, attachments.content_type, attachment_bytes.bytes
    from attachments
    join conversations on conversations.id = attachments.conversation_id
      and conversations.tenant_id = attachments.tenant_id
    join attachment_bytes on attachment_bytes.tenant_id = attachments.tenant_id
      and attachment_bytes.sha256 = attachments.sha256
    left join participants on participants.conversation_id = conversations.id
      and participants.user_id = ${viewer.userId}
    where attachments.id = ${attachmentId}
      and attachments.conversation_id = ${conversationId}
      and attachments.tenant_id = ${viewer.tenantId}
      and conversations.deleted_at is null
      and (${viewer.isAdmin} or participants.user_id is not null)`
  return row ?? null
}

interface NewFile {
  sha256: Buffer
  bytes: Uint8Array
}

/**
 * Stores bytes under their hash; bytes that are already there are only kept from the sweep.
 * @param bytesMax of all files of the tenant; submits at the same time may go beyond it by what they
 * bring
 * @returns false, with nothing stored, when there is no room
 */
export async function storeAttachmentBytes(
  db: Database,
  tenantId: string,
  files: readonly NewFile[],
  bytesMax: number,
): Promise<boolean> {
  if (!(await hasRoom(db, tenantId, files, bytesMax))) return false
  for (const file of files) {
    await db.$client`
      insert into attachment_bytes (tenant_id, sha256, bytes)
      values (${tenantId}, ${file.sha256}, decode(${toBase64(file.bytes)}, 'base64'))
      on conflict (tenant_id, sha256) do update set touched_at = now()`
  }
  return true
}

/** The driver would send bytes as hex: half as much again, and several times as long to make. */
function toBase64({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString("base64")
}

async function hasRoom(
  db: Database,
  tenantId: string,
  files: readonly NewFile[],
  bytesMax: number,
): Promise<boolean> {
  const sizes = new Map(files.map(({ sha256, bytes }) => [sha256.toString("hex"), bytes.length]))
  const [row] = await db.$client<{ used: number; known: string[] }[]>`
    select
      coalesce((select bytes from file_usage where tenant_id = ${tenantId}), 0)::float8 as used,
      array(
        select encode(sha256, 'hex') from attachment_bytes
        where tenant_id = ${tenantId}
          and sha256 in (select decode(hex, 'hex') from unnest(${[...sizes.keys()]}::text[]) as wanted (hex))
      ) as known`
  for (const hex of row?.known ?? []) sizes.delete(hex)
  const more = [...sizes.values()].reduce((sum, size) => sum + size, 0)
  return more === 0 || (row?.used ?? 0) + more <= bytesMax
}
