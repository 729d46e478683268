import { renamePerson } from "#db/queries/people.ts"
import { actorOf, type Principal, type VerbContext } from "#lib/auth/principal.ts"

/** Changes the caller's display name and records it. */
export async function renameSelf(
  context: VerbContext,
  principal: Principal,
  { name }: { name: string },
): Promise<void> {
  await renamePerson(context.db, actorOf(context, principal), name)
}
