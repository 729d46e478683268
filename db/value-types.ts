/**
 * How values are read and written: the one place that parses times. A moment is a `Date`, a day its
 * text, and JSON is the text that is stored (`jsonText` of the schema), in rows and in parameters.
 * @see https://www.postgresql.org/docs/current/catalog-pg-type.html for the numbers
 */
export const valueTypes = {
  /** Ours stay below 2^53. */
  bigint: { to: 20, from: [20], parse: Number, serialize: String },
  date: {
    to: 1184,
    from: [1184],
    parse: (text: string) => new Date(text),
    serialize: (moment: Date | string) => (moment instanceof Date ? moment.toISOString() : moment),
  },
  day: { to: 1082, from: [1082], parse: asItIs, serialize: asItIs },
  json: { to: 114, from: [114], parse: asItIs, serialize: asItIs },
}

function asItIs(text: string): string {
  return text
}
