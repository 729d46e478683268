import { notify } from "#components/ui/notify.ts"
import { callApi, isApiError } from "#lib/client/api/api.ts"

export async function signOut(): Promise<void> {
  try {
    await callApi("POST", "/api/auth/sign-out", { body: {} })
    window.location.assign("/sign-in")
  } catch (error) {
    if (!isApiError(error)) throw error
    void notify(`Not signed out. ${error.message}`)
  }
}
