import type { MadeInvitation, MadePasswordReset, Role } from "#lib/protocol/people.ts"

import { callApi } from "./api.ts"

/** @throws ApiError */
export async function invitePerson(invitation: {
  email: string
  role: "admin" | "member"
}): Promise<MadeInvitation> {
  // The answer is that of our own server, so its shape is believed.
  return (await callApi("POST", "/v1/api/users", { body: invitation })) as MadeInvitation
}

/** @throws ApiError */
export async function changePerson(
  id: string,
  change: { role: Role } | { disabled: boolean },
): Promise<void> {
  await callApi("PATCH", `/v1/api/users/${id}`, { body: change })
}

/** Cannot be undone. @param order `email` must be theirs @throws ApiError */
export async function erasePerson(
  id: string,
  order: { email: string; reason?: string },
): Promise<void> {
  await callApi("POST", `/v1/api/users/${id}/erase`, { body: order })
}

/** @throws ApiError */
export async function resetPassword(id: string): Promise<MadePasswordReset> {
  return (await callApi("POST", `/v1/api/users/${id}/password-reset`)) as MadePasswordReset
}

/** @throws ApiError; 404 when it is over already */
export async function revokeInvitation(id: string): Promise<void> {
  await callApi("DELETE", `/v1/api/invitations/${id}`)
}
