import { listTables, type SchemaTable } from "#db/list-tables.ts"
import { personalData, type TableFacts } from "#db/personal-data.ts"

/** Columns that refer to a person or their data, with or without a foreign key. */
const conversationName = /(?:^|_)conversation_id$/
const personName =
  /(?:^|_)(?:user|owner|actor|subject|person|author|member|participant|sender|recipient|holder|inviter|maker)_id$|_by$|^e?mail(?:_|$)/
/** Columns that match the pattern but refer to something else. */
const strangers = ["tokens.replaced_by"]
/** The person's own row keeps their address until the erasure clears it. */
const ownRow = "users"

/**
 * Fails when a table, or a column that refers to a conversation or a person, is missing from the
 * list.
 */
async function checkPersonalData(): Promise<void> {
  const tables = await listTables()
  const listed: Readonly<Record<string, TableFacts>> = personalData
  const faults = [
    ...tables
      .filter(({ name }) => listed[name] === undefined)
      .map(
        ({ name }) =>
          `${name} is not in the list: what of it goes with a conversation or a person?`,
      ),
    ...Object.keys(listed)
      .filter((name) => tables.every((table) => table.name !== name))
      .map((name) => `${name} is in the list, and no table`),
    ...tables.flatMap((table) => faultsOf(table, listed[table.name] ?? {})),
  ]
  for (const fault of faults) console.error(`db/personal-data.ts: ${fault}`)
  if (tables.length === 0) throw new Error("No table was found in db/schema.")
  if (faults.length > 0) process.exit(1)
  console.log(`Personal data: ${tables.length} tables, each in the list.`)
}

function faultsOf({ name, columns }: SchemaTable, facts: TableFacts): string[] {
  const people = Object.keys(facts.people ?? {})
  const conversations = facts.conversation === undefined ? [] : [facts.conversation]
  const unlisted = columns.filter((column) => {
    if (strangers.includes(`${name}.${column.name}`)) return false
    const namesConversation =
      column.leadsTo === "conversations" || conversationName.test(column.name)
    const namesPerson = column.leadsTo === "users" || personName.test(column.name)
    return (
      (namesConversation && !conversations.includes(column.name)) ||
      (namesPerson && name !== ownRow && !people.includes(column.name))
    )
  })
  const gone = [...conversations, ...people].filter((listed) =>
    columns.every((column) => column.name !== listed),
  )
  return [
    ...unlisted.map((column) => `${name}.${column.name} names somebody or their conversation`),
    ...gone.map((column) => `${name}.${column} is in the list, and no column`),
  ]
}

await checkPersonalData()
