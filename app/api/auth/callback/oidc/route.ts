import { finishSingleSignOn } from "#lib/auth/answer-single-sign-on.ts"
import { getRuntime } from "#lib/runtime.ts"

export async function GET(request: Request): Promise<Response> {
  return await finishSingleSignOn(await getRuntime(), request)
}

export { DELETE, OPTIONS, PATCH, POST, PUT } from "../../[...all]/route.ts"
