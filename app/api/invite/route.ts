import { answerInvitation } from "#lib/people/accept-invitation.ts"
import { getRuntime } from "#lib/runtime.ts"

export async function POST(request: Request): Promise<Response> {
  return await answerInvitation(await getRuntime(), request)
}
