import { answerPasswordReset } from "#lib/people/use-password-reset.ts"
import { getRuntime } from "#lib/runtime.ts"

export async function POST(request: Request): Promise<Response> {
  return await answerPasswordReset(await getRuntime(), request)
}
