import type { Database } from "../client.ts"

/** First half of the advisory lock's key by which a driver shows that it lives; its id is the other. */
export const driverLockClass = 0x5354

/** A new driver's number; the connection of `db`, a pool of one, holds its lock from now on. */
export async function takeDriverNumber(db: Database): Promise<number> {
  const [row] = await db.$client<{ id: number }[]>`
    with number as materialized (select nextval('driver_ids')::int as id)
    select id, pg_advisory_lock(${driverLockClass}::int, id) from number`
  if (row === undefined) throw new Error("a driver got no number")
  return row.id
}

/**
 * Holds a driver's lock on the connection of `db`, a pool of one. The pool reconnects by itself, but a
 * new backend does not hold the lock; its pid says nothing, a server that was restarted may give the
 * same one again.
 * @returns false when it had to be taken again
 */
export async function holdDriverLock(db: Database, driverId: number): Promise<boolean> {
  const [row] = await db.$client<{ isHeld: boolean }[]>`
    with held as materialized (
      select exists (
        select 1 from pg_locks
        where locktype = 'advisory' and classid = ${driverLockClass} and objid = ${driverId}::int::oid
          and objsubid = 2 and granted and pid = pg_backend_pid()
          and database = (select oid from pg_database where datname = current_database())
      ) as is_held
    )
    select is_held,
      case when not is_held then pg_try_advisory_lock(${driverLockClass}::int, ${driverId}::int) end
    from held`
  return row?.isHeld === true
}

/**
 * Takes back the crash that a sweep has counted: the driver lives, only its connection was lost.
 * @param attempts those that were freed
 */
export async function forgiveCrashes(
  db: Database,
  attempts: readonly { id: string; attempt: number }[],
): Promise<void> {
  await db.$client`
    update turns set crashes = turns.crashes - 1
    from unnest(
      ${attempts.map((one) => one.id)}::uuid[], ${attempts.map((one) => one.attempt)}::int[]
    ) as freed (id, attempt)
    where turns.id = freed.id and turns.attempt >= freed.attempt and turns.crashes > 0
      and turns.status in ('queued', 'running')`
}
