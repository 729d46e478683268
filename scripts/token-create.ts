import { parseArgs } from "node:util"

import { issueToken, type TokenOrder } from "#lib/tokens/issue-token.ts"

import { explainFailure } from "./explain-failure.ts"
import { withInstallation } from "./open-installation.ts"

const usage = `npm run -s token:create -- --email a@b.c --name bench [--admin] [--scopes a,b] [--expires-in-days n]

Prints a new personal access token, and nothing else. The person is made when missing.
  --admin            makes the person an admin and grants the scope admin
  --scopes           default: user (every scope but admin)
  --expires-in-days  default: never`

const secondsPerDay = 86_400

async function createToken(): Promise<void> {
  const order = readOrder()
  const text = await withInstallation((db) => issueToken(db, order))
  process.stdout.write(`${text}\n`)
}

function readOrder(): TokenOrder {
  const { values } = parse()
  if (values.help) {
    console.log(usage)
    process.exit(0)
  }
  if (values.email === undefined || values.name === undefined) throw new Error(usage)
  return {
    email: values.email,
    name: values.name,
    isAdmin: values.admin,
    ...(values.scopes === undefined ? {} : { scopes: listOf(values.scopes) }),
    ...(values["expires-in-days"] === undefined
      ? {}
      : { expiresInSeconds: daysOf(values["expires-in-days"]) * secondsPerDay }),
  }
}

function parse() {
  try {
    return parseArgs({
      options: {
        email: { type: "string" },
        name: { type: "string" },
        admin: { type: "boolean", default: false },
        scopes: { type: "string" },
        "expires-in-days": { type: "string" },
        help: { type: "boolean", default: false },
      },
    })
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`, {
      cause: error,
    })
  }
}

function listOf(text: string): string[] {
  return text
    .split(",")
    .map((word) => word.trim())
    .filter((word) => word !== "")
}

function daysOf(text: string): number {
  const days = Number(text)
  if (!(days > 0 && days <= 36_500)) throw new Error("--expires-in-days takes a number of days.")
  return days
}

await createToken().catch(explainFailure)
