import { answerSignIn } from "#lib/auth/answer-sign-in.ts"
import { getRuntime } from "#lib/runtime.ts"

async function answer(request: Request): Promise<Response> {
  return await answerSignIn(await getRuntime(), request)
}

// Next answers unexported methods with an empty body.
export {
  answer as DELETE,
  answer as GET,
  answer as HEAD,
  answer as OPTIONS,
  answer as PATCH,
  answer as POST,
  answer as PUT,
}
