import { customType, timestamp } from "../drizzle.ts"

/** Raw bytes. */
export const bytea = customType<{ data: Buffer }>({ dataType: () => "bytea" })

/**
 * JSON kept as the exact text it arrived as. `json`, not `jsonb`: jsonb refuses U+0000 and reorders
 * keys, and the stream sends this text as it stands.
 */
export const jsonText = customType<{ data: string }>({ dataType: () => "json" })

export const moment = (name: string) => timestamp(name, { withTimezone: true, precision: 3 })

/** Words for full text search. */
export const tsvector = customType<{ data: string }>({ dataType: () => "tsvector" })
