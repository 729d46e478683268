import { parseArgs } from "node:util"

import { env } from "#lib/env.ts"
import { makeOwnReset } from "#lib/people/make-own-reset.ts"
import { emailAddress } from "#lib/protocol/people.ts"

import { explainFailure } from "./explain-failure.ts"
import { withInstallation } from "./open-installation.ts"

const usage = `npm run -s password:reset -- --email ann@acme.example

Prints a link by which that person sets a new password, for 24 hours and one use, and nothing else.
For an owner who is locked out; everybody else asks an administrator. It also gives a password to
somebody who has used only single sign-on.`

async function resetPassword(): Promise<void> {
  const email = readEmail()
  const { STUDIO_PUBLIC_URL, PORT } = env()
  const origin = STUDIO_PUBLIC_URL ?? `http://localhost:${PORT}`
  const link = await withInstallation((db) => makeOwnReset(db, email, origin))
  if (link === null) throw new Error(`No account has the address ${email}.`)
  process.stdout.write(`${link}\n`)
}

/** In lower case. */
function readEmail(): string {
  const { values } = parse()
  if (values.help) {
    console.log(usage)
    process.exit(0)
  }
  if (values.email === undefined) throw new Error(usage)
  const email = emailAddress.safeParse(values.email)
  if (!email.success) throw new Error(`--email is no e-mail address.\n\n${usage}`)
  return email.data
}

function parse() {
  try {
    return parseArgs({
      options: { email: { type: "string" }, help: { type: "boolean", default: false } },
    })
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`, {
      cause: error,
    })
  }
}

await resetPassword().catch(explainFailure)
