import type { Database } from "../client.ts"

/**
 * A fact of the installation, made once: whoever comes first decides, everyone reads the same.
 * @param proposed used only when nothing stands there yet
 */
export async function getOrSetFact(db: Database, name: string, proposed: string): Promise<string> {
  await db.$client`
    insert into installation (name, value) values (${name}, ${proposed})
    on conflict (name) do nothing`
  const [row] = await db.$client<{ value: string }[]>`
    select value from installation where name = ${name}`
  if (row === undefined) throw new Error(`The fact ${name} of the installation vanished.`)
  return row.value
}

export async function deleteFact(db: Database, name: string): Promise<void> {
  await db.$client`delete from installation where name = ${name}`
}

/** Replaces a fact unless another process has. */
export async function replaceFact(
  db: Database,
  name: string,
  { from, to }: { from: string; to: string },
): Promise<void> {
  await db.$client`update installation set value = ${to} where name = ${name} and value = ${from}`
}

/** Whether PostgreSQL answers at all just now, within the limits of the pool. */
export async function isReachable(db: Database): Promise<boolean> {
  try {
    await db.$client`select 1`
    return true
  } catch {
    // Why not is in the log already: the caller asks because something else has failed.
    return false
  }
}
