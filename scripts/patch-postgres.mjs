// Plain JavaScript: it runs after `npm ci`, on whatever Node the machine has.
import { readFileSync, renameSync, writeFileSync } from "node:fs"
import path from "node:path"
import { fileURLToPath } from "node:url"

const folder = path.join(import.meta.dirname ?? path.dirname(fileURLToPath(import.meta.url)), "..")

/**
 * postgres 3.4.9: a small write waits for the next turn of the event loop. When the connection goes
 * meanwhile, the write throws where nobody can catch it and ends the process (a transaction's
 * rollback does so each time), or the connection never writes again and its queries never settle.
 * @see https://github.com/porsager/postgres/issues/1208 and /pull/1209
 * @see docs/decisions/0008-repair-the-postgres-driver.md
 */
const writesAfterTheEnd = [
  [
    `    const x = socket.write(chunk, fn)
    nextWriteTimer !== null && clearImmediate(nextWriteTimer)
    chunk = nextWriteTimer = null
    return x
`,
    `    const x = chunk
    forgetWrite()
    if (socket)
      return socket.write(x, fn)

    error(Errors.connection('CONNECTION_CLOSED', options, socket))
    return false
  }

  function forgetWrite() {
    nextWriteTimer !== null && clearImmediate(nextWriteTimer)
    chunk = nextWriteTimer = null
`,
  ],
  [
    `    clearImmediate(nextWriteTimer)
    socket.removeListener('data', data)`,
    `    forgetWrite()
    socket.removeListener('data', data)`,
  ],
  [
    `    clearImmediate(nextWriteTimer)
    if (socket) {`,
    `    forgetWrite()
    if (socket) {`,
  ],
]

/**
 * A query given to a connection between its error and its close stayed with the connection that was
 * opened next: the next queries waited behind it for an answer that never came. An error half told
 * was held against the next connection's first query.
 */
const leftOnTheConnection = [
  [
    `    if (initial)
      return reconnect()

    !hadError && (query || sent.length) && error(Errors.connection('CONNECTION_CLOSED', options, socket))
`,
    `    const lost = Errors.connection('CONNECTION_CLOSED', options, socket)
    stream && (stream.destroy(lost), stream = null)
    query && queryError(query, lost)
    while (sent.length)
      queryError(sent.shift(), lost)
    query = results = errorResponse = null
    result = new Result()

    if (initial)
      return reconnect()

`,
  ],
]

/**
 * What a transaction still asked after its connection was lost (its rollback, if nothing else) went
 * to whoever had that connection after it, or hung.
 */
const lostTransactions = [
  [
    `      , prepare = null

    try {`,
    `      , prepare = null
      , lost = null

    try {`,
  ],
  [
    `        new Promise((_, reject) => connection.onclose = reject)
`,
    `        new Promise((_, reject) => connection.onclose = e => {
          lost = e
          while (queries.length)
            queries.shift().reject(e)
          reject(e)
        })
`,
  ],
  [
    `        q.catch(e => uncaughtError || (uncaughtError = e))
`,
    `        q.catch(e => uncaughtError || (uncaughtError = e))
        if (lost)
          return q.reject(lost)

`,
  ],
]

/**
 * The driver counts the rows of a result and began anew only when a statement had completed. After a
 * statement that failed between its rows, or a connection lost there, the next result began with as
 * many holes: its reader found no first row.
 */
const rowsOfAFailedStatement = [
  [
    `    result = new Result()
    connectTimer.cancel()
`,
    `    result = new Result()
    rows = 0
    connectTimer.cancel()
`,
  ],
  [
    `    remaining = 0
    incomings = null
    forgetWrite()
`,
    `    remaining = 0
    incomings = null
    rows = 0
    forgetWrite()
`,
  ],
]

const repairs = new Map([
  ["connection.js", [...writesAfterTheEnd, ...leftOnTheConnection, ...rowsOfAFailedStatement]],
  ["index.js", lostTransactions],
])

/**
 * Repairs the installed driver, once.
 * @throws Error when it is neither the version this was written for nor repaired
 */
export function patchPostgres() {
  for (const source of ["src", "cjs/src"]) {
    for (const [name, changes] of repairs) {
      patchFile(path.join(folder, "node_modules/postgres", source, name), changes)
    }
  }
}

function patchFile(file, changes) {
  const before = readFileSync(file, "utf8")
  let text = before
  for (const [broken, repaired] of changes) {
    if (text.includes(repaired)) continue
    if (text.split(broken).length !== 2) {
      throw new Error(`${file} is not what scripts/patch-postgres.mjs repairs: look at it again.`)
    }
    text = text.replace(broken, () => repaired)
  }
  if (text === before) return
  // Several processes may start at once: each sees the file before or after, never in between.
  const draft = `${file}.${process.pid}`
  writeFileSync(draft, text)
  renameSync(draft, file)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) patchPostgres()
