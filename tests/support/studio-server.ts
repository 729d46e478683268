import { once } from "node:events"
import { createServer } from "node:http"

import { handleNode } from "#lib/http/handle-node.ts"
import { answerRequest } from "#lib/http/handle-request.ts"
import { newId } from "#lib/ids.ts"
import type { StartedRuntime } from "#lib/runtime.ts"

import type { TestPerson } from "./people.ts"

export interface StudioServer {
  url: string
  close(): Promise<void>
}

/** The wire contract on a socket in this process, so that tests can change its in-memory state. */
export async function serveStudio(runtime: StartedRuntime): Promise<StudioServer> {
  const server = createServer((request, response) => {
    handleNode(runtime, request, response).catch((error: unknown) =>
      response.destroy(asError(error)),
    )
  }).listen(0, "127.0.0.1")
  await once(server, "listening")
  const address = server.address()
  if (typeof address !== "object" || address === null) throw new Error("no port")
  return {
    url: `http://127.0.0.1:${address.port}`,
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, "close")
    },
  }
}

const passwords = new WeakMap<StartedRuntime, Promise<string>>()
/** Shared by all people signed in with `signIn`. */
export const password = "correct horse battery staple"

/** Gives a person a password and signs them in. @returns the `Cookie` header of the session */
export async function signIn(runtime: StartedRuntime, person: TestPerson): Promise<string> {
  const hashed = passwords.get(runtime) ?? runtime.signIn.hashPassword(password)
  passwords.set(runtime, hashed)
  const sql = runtime.db.$client
  await sql`
    insert into accounts (id, user_id, account_id, provider_id, password)
    values (${newId()}, ${person.userId}, ${person.userId}, 'credential', ${await hashed})`
  const [user] = await sql<{ email: string }[]>`
    select email from users where id = ${person.userId}`
  const response = await answerRequest(
    runtime,
    new Request("http://studio.test/api/auth/sign-in/email", {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "sec-fetch-site": "same-origin",
        origin: "http://studio.test",
        host: "studio.test",
      },
      body: JSON.stringify({ email: user?.email, password }),
    }),
  )
  const cookies = response.headers.getSetCookie().map((line) => line.split(";", 1)[0])
  if (!response.ok || cookies.length === 0) throw new Error(await response.text())
  return cookies.join("; ")
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown))
}
