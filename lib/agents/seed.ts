import type { Database } from "#db/client.ts"
import { insertFirstTenant, type NewAgent } from "#db/queries/tenants.ts"
import { newId } from "#lib/ids.ts"

const tenant = { slug: "default", name: "Studio" }

const agents = [
  {
    slug: "assistant",
    displayName: "Assistant",
    description: "Answers questions and uses tools.",
    instructions:
      "You are a helpful, honest assistant. Answer in the language you are asked in, plainly and to " +
      "the point. Use your tools where they give a better answer than memory, and say so when you " +
      "do not know.",
    model: null,
    isDefault: true,
  },
  {
    slug: "guide",
    displayName: "Guide",
    description: "Knows the Studio itself; needs no model.",
    instructions: "You explain the Studio from its own documentation.",
    model: "guide",
    isDefault: false,
  },
]

/**
 * Creates the first tenant and its two agents on an empty installation. Idempotent.
 * @returns whether the installation was empty
 */
export async function seedInstallation(db: Database): Promise<boolean> {
  return await insertFirstTenant(db, { id: newId(), ...tenant }, firstAgents())
}

/** The agents a tenant begins with, under fresh ids. */
export function firstAgents(): NewAgent[] {
  return agents.map((agent) => ({ id: newId(), ...agent }))
}
