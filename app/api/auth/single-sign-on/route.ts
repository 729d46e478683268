import { startSingleSignOn } from "#lib/auth/answer-single-sign-on.ts"
import { getRuntime } from "#lib/runtime.ts"

export async function POST(request: Request): Promise<Response> {
  return await startSingleSignOn(await getRuntime(), request)
}

export { DELETE, GET, HEAD, OPTIONS, PATCH, PUT } from "../[...all]/route.ts"
