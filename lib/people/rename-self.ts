import { renamePerson } from "#db/queries/people.ts"
import { actorOf, type Principal, type VerbContext } from "#lib/auth/principal.ts"
import type { Me } from "#lib/protocol/people.ts"

import { describeSelf } from "./describe-self.ts"

/** Changes the caller's display name and records it. */
export async function renameSelf(
  context: VerbContext,
  principal: Principal,
  { name }: { name: string },
): Promise<Me> {
  await renamePerson(context.db, actorOf(context, principal), name)
  return await describeSelf(context, principal)
}
