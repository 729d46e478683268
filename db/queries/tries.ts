import type { Database } from "../client.ts"

/**
 * Counts a try under a name, in every process at once. What is counted starts anew when the window
 * is over.
 * @param name a hash: what people typed is not kept
 * @returns the tries of this window, this one included, and the seconds left of it
 */
export async function countTry(
  db: Database,
  name: Uint8Array,
  windowSeconds: number,
): Promise<{ count: number; secondsLeft: number }> {
  const window = db.$client`${windowSeconds}::float8 * interval '1 second'`
  const [row] = await db.$client<{ count: number; secondsLeft: number }[]>`
    insert into tries (name, count, since) values (${name}, 1, now())
    on conflict (name) do update set
      count = case when tries.since + ${window} <= now() then 1 else tries.count + 1 end,
      since = case when tries.since + ${window} <= now() then now() else tries.since end
    returning count, extract(epoch from since + ${window} - now())::float8 as seconds_left`
  if (row === undefined) throw new Error("A try was not counted.")
  return row
}

/** Takes back what was counted under a name. */
export async function forgetTries(db: Database, name: Uint8Array): Promise<void> {
  await db.$client`delete from tries where name = ${name}`
}

/** Takes one try back: it turned out to be none. */
export async function uncountTry(db: Database, name: Uint8Array): Promise<void> {
  await db.$client`update tries set count = count - 1 where name = ${name} and count > 0`
}
