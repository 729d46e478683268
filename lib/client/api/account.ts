import { callApi, isApiError } from "./api.ts"

const base = "/v1/api/me"

/** Whether the server rejects this page because the account is disabled. */
export async function isDisabled(): Promise<boolean> {
  try {
    await callApi("GET", base)
    return false
  } catch (error) {
    if (!isApiError(error)) throw error
    return error.code === "account_disabled"
  }
}

/** @throws ApiError */
export async function renameMe(name: string): Promise<void> {
  await callApi("PATCH", base, { body: { name } })
}

/** Ends every other session too. @throws ApiError */
export async function changePassword(current: string, next: string): Promise<void> {
  await callApi("PUT", `${base}/password`, {
    body: { current_password: current, new_password: next },
  })
}

/** Cannot be undone. @param password null = there is none @throws ApiError */
export async function eraseMe(password: string | null): Promise<void> {
  const body = password === null ? {} : { current_password: password }
  await callApi("POST", `${base}/erase`, { body })
}

/** @throws ApiError; 404 when it is over already */
export async function endSession(id: string): Promise<void> {
  await callApi("DELETE", `${base}/sessions/${id}`)
}

/** @throws ApiError */
export async function endOtherSessions(): Promise<void> {
  await callApi("DELETE", `${base}/sessions`)
}
