import { renamePerson } from "#db/queries/people.ts"
import { actorOf, type Principal, type VerbContext } from "#lib/auth/principal.ts"

/** Changes what the caller is called, with a record of it. */
export async function renameSelf(
  context: VerbContext,
  principal: Principal,
  { name }: { name: string },
): Promise<void> {
  await renamePerson(context.db, actorOf(context, principal), name)
}
