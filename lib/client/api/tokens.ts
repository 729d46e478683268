import type { MintedToken } from "#lib/protocol/tokens.ts"

import { callApi } from "./api.ts"

const base = "/v1/api/tokens"

/** @throws ApiError */
export async function mintToken(order: {
  name: string
  scopes: readonly string[]
  expires_in_days: number | null
}): Promise<MintedToken> {
  // The answer is that of our own server, so its shape is believed.
  return (await callApi("POST", base, { body: order })) as MintedToken
}

/** @throws ApiError; 409 when it has been replaced already */
export async function rotateToken(id: string, overlapHours: number): Promise<MintedToken> {
  const body = { overlap_hours: overlapHours }
  return (await callApi("POST", `${base}/${id}/rotate`, { body })) as MintedToken
}

/** @throws ApiError; 404 when it is over already */
export async function revokeToken(id: string): Promise<void> {
  await callApi("DELETE", `${base}/${id}`)
}
