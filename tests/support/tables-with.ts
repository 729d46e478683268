import type { Sql } from "#db/client.ts"

/** Every `table.column` of the database whose rows contain a text. */
export async function tablesWith(sql: Sql, text: string): Promise<string[]> {
  const columns = await sql<{ table: string; column: string }[]>`
    select table_name as table, column_name as column from information_schema.columns
    where table_schema = 'public' order by 1, 2`
  const found: string[] = []
  for (const { table, column } of columns) {
    const [row] = await sql`
      select 1 from ${sql(table)} where position(${text} in ${sql(column)}::text) > 0 limit 1`
    if (row !== undefined) found.push(`${table}.${column}`)
  }
  return found
}
