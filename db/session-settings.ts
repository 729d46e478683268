/**
 * What our statements depend on, told to the server with each connection: an administrator may have
 * set any of it otherwise for the database or the role. What a connection asks for outranks that, and
 * costs no question of its own.
 * @see https://www.postgresql.org/docs/current/runtime-config-client.html
 */
export const sessionSettings = {
  // What is found, whatever schema has the role's name.
  search_path: "public",
  // How values are written and read.
  bytea_output: "hex",
  DateStyle: "ISO, MDY",
  IntervalStyle: "postgres",
  TimeZone: "UTC",
  extra_float_digits: "1",
  standard_conforming_strings: "on",
  array_nulls: "on",
  transform_null_equals: "off",
  gin_fuzzy_search_limit: "0",
  // What a statement sees while others write; with a stricter one it may have to be tried again.
  default_transaction_isolation: "read committed",
  default_transaction_read_only: "off",
  default_transaction_deferrable: "off",
  // How long things may take, and that a refused statement costs no more than itself.
  lock_timeout: "2000",
  idle_in_transaction_session_timeout: "10000",
  idle_session_timeout: "0",
  exit_on_error: "off",
  jit: "off",
}
