import { globSync } from "node:fs"

import { getTableConfig, is, PgTable } from "./drizzle.ts"

export interface SchemaTable {
  name: string
  columns: { name: string; /** The table its foreign key leads to. */ leadsTo: string | null }[]
}

/** Every table that db/schema declares; for checks, from the root of the project. */
export async function listTables(): Promise<SchemaTable[]> {
  const modules = await Promise.all(
    globSync("db/schema/*.ts").map(
      async (file) => (await import(`#${file}`)) as Record<string, unknown>,
    ),
  )
  return modules
    .flatMap((module) => Object.values(module))
    .filter((value) => is(value, PgTable))
    .map((table) => {
      const { name, columns, foreignKeys } = getTableConfig(table)
      const leads = foreignKeys.flatMap((key) => {
        const { columns: own, foreignTable } = key.reference()
        return own.map((column) => [column.name, getTableConfig(foreignTable).name] as const)
      })
      const targets = new Map(leads)
      return {
        name,
        columns: columns.map((column) => ({
          name: column.name,
          leadsTo: targets.get(column.name) ?? null,
        })),
      }
    })
}
