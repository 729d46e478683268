import { setUpOwner } from "#lib/auth/owner-setup.ts"
import { getRuntime } from "#lib/runtime.ts"

export async function POST(request: Request): Promise<Response> {
  return await setUpOwner(await getRuntime(), request)
}
