import type { TransactionSql } from "postgres"

import type { Database } from "#db/client.ts"

/**
 * Intercepts every statement before it becomes a query. May replace an SQL template; a
 * query-builder statement is only observed.
 */
type Tap = (
  pieces: readonly string[],
  values: readonly unknown[],
) => { pieces: readonly string[]; values: readonly unknown[] }

/** A database whose work all belongs to one transaction; `begin` opens a savepoint in it. */
export function tapTransaction(sql: TransactionSql, tap: Tap): Database {
  return asDatabase(tapped(sql, tap))
}

function tapped(sql: TransactionSql, tap: Tap): TransactionSql {
  return new Proxy(sql, {
    apply(target, self, args: unknown[]) {
      const [first, ...values] = args
      if (!isTemplate(first)) return Reflect.apply(target, self, args)
      const changed = tap(first, values)
      return Reflect.apply(target, self, [asTemplate(changed.pieces), ...changed.values])
    },
    get(target, name) {
      if (name === "unsafe") {
        return (text: string, values: never[], options: object) => {
          tap([text], [])
          return target.unsafe(text, values, options)
        }
      }
      if (name !== "begin") return Reflect.get(target, name)
      return (work: (inner: TransactionSql) => Promise<unknown>) =>
        target.savepoint((inner) => work(tapped(inner, tap)))
    },
  })
}

function isTemplate(value: unknown): value is TemplateStringsArray {
  return Array.isArray(value) && "raw" in value
}

function asTemplate(pieces: readonly string[]): TemplateStringsArray {
  return isTemplate(pieces) ? pieces : Object.assign([...pieces], { raw: pieces })
}

/** Queries use only a database's `$client`, and only the part that transactions have as well. */
function asDatabase(client: TransactionSql): Database {
  return { $client: client } as unknown as Database
}
