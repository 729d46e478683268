import { answerSignIn } from "#lib/auth/answer-sign-in.ts"
import { getRuntime } from "#lib/runtime.ts"

export async function POST(request: Request): Promise<Response> {
  return await answerSignIn(await getRuntime(), request)
}
