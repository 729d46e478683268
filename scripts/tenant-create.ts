import { parseArgs } from "node:util"

import { env } from "#lib/env.ts"
import { createTenant, type TenantOrder } from "#lib/people/create-tenant.ts"
import { emailAddress } from "#lib/protocol/people.ts"

import { explainFailure } from "./explain-failure.ts"
import { withInstallation } from "./open-installation.ts"

const usage = `npm run -s tenant:create -- --name "Acme Inc" --slug acme --owner-email ann@acme.example

Makes a further tenant and prints the link by which its owner joins, and nothing else.
  --slug  a short name: lower-case letters, digits and hyphens`

async function makeTenant(): Promise<void> {
  const order = readOrder()
  const link = await withInstallation((db) => createTenant(db, order))
  if (link === null) throw new Error(`There is a tenant with the slug ${order.slug} already.`)
  process.stdout.write(`${link}\n`)
}

function readOrder(): TenantOrder {
  const { values } = parse()
  if (values.help) {
    console.log(usage)
    process.exit(0)
  }
  const { name = "", slug = "" } = values
  const email = emailAddress.safeParse(values["owner-email"] ?? "")
  if (name.trim() === "" || name.length > 100) throw new Error(usage)
  if (!/^[a-z0-9][a-z0-9-]{0,62}$/.test(slug)) throw new Error(`--slug is not one.\n\n${usage}`)
  if (!email.success) throw new Error(`--owner-email is no e-mail address.\n\n${usage}`)
  const { STUDIO_PUBLIC_URL, PORT } = env()
  return {
    name: name.trim(),
    slug,
    ownerEmail: email.data,
    origin: STUDIO_PUBLIC_URL ?? `http://localhost:${PORT}`,
  }
}

function parse() {
  try {
    return parseArgs({
      options: {
        name: { type: "string" },
        slug: { type: "string" },
        "owner-email": { type: "string" },
        help: { type: "boolean", default: false },
      },
    })
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`, {
      cause: error,
    })
  }
}

await makeTenant().catch(explainFailure)
