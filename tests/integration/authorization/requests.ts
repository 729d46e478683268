import { randomUUID } from "node:crypto"

import { newId } from "#lib/ids.ts"
import { mintLinkSecret } from "#lib/people/link-secret.ts"

import type { TestPerson } from "../../support/people.ts"
import { password } from "../../support/studio-server.ts"
import type { World } from "../../support/world.ts"

export interface AnyRequest {
  path: string
  json?: object
}

/** Creates the objects of a request as `owner`, and the request itself. */
type Arrange = (world: World, owner: TestPerson) => AnyRequest | Promise<AnyRequest>

const conversations = "/v1/api/conversations"

const aboutConversation =
  (suffix: string, json?: object): Arrange =>
  async (world, owner) => ({
    path: `${conversations}/${await world.conversationOf(owner)}${suffix}`,
    ...(json === undefined ? {} : { json }),
  })

const aboutNothing =
  (path: string, json?: object): Arrange =>
  () => ({ path, ...(json === undefined ? {} : { json }) })

function tenantOf(world: World, person: TestPerson) {
  return [world.ours, world.theirs, world.third].find(({ id }) => id === person.tenantId)
}

/** Creates a link as its issuer would. @returns its secret */
async function linkTo(
  world: World,
  maker: TestPerson,
  table: "invitations" | "password_resets",
): Promise<string> {
  const { secret, hash } = mintLinkSecret()
  const sql = world.studio.db.$client
  const id = newId()
  const { tenantId, userId } = maker
  if (table === "invitations") {
    await sql`
      insert into invitations (id, tenant_id, email, hash, invited_by, expires_at)
      values (${id}, ${tenantId}, ${`${id}@example.com`}, ${hash}, ${userId}, now() + interval '1 hour')`
  } else {
    const person = await world.memberBeside(maker)
    await sql`
      insert into password_resets (id, tenant_id, user_id, hash, created_by, expires_at)
      values (${id}, ${tenantId}, ${person.userId}, ${hash}, ${userId}, now() + interval '1 hour')`
  }
  return secret
}

/** Per endpoint a request that succeeds for an authorized principal, each on new objects. */
export const requests: ReadonlyMap<string, Arrange> = new Map<string, Arrange>([
  ["GET /v1/api/conversations", aboutNothing(conversations)],
  [
    "POST /v1/api/conversations",
    (world, owner) => ({
      path: conversations,
      json: { agent_id: tenantOf(world, owner)?.agentId },
    }),
  ],
  ["GET /v1/api/conversations/{id}", aboutConversation("")],
  ["PATCH /v1/api/conversations/{id}", aboutConversation("", { title: "New" })],
  ["DELETE /v1/api/conversations/{id}", aboutConversation("")],
  ["PUT /v1/api/conversations/{id}/read", aboutConversation("/read", { seq: 0 })],
  ["POST /v1/api/conversations/{id}/messages", aboutConversation("/messages", { text: "hello" })],
  ["GET /v1/api/conversations/{id}/messages", aboutConversation("/messages")],
  ["GET /v1/api/conversations/{id}/stream", aboutConversation("/stream")],
  ["GET /v1/api/stream", aboutNothing("/v1/api/stream")],
  ["POST /v1/api/conversations/{id}/interrupt", aboutConversation("/interrupt", {})],
  ["POST /v1/api/conversations/{id}/nudge", aboutConversation("/nudge", { text: "also" })],
  [
    "DELETE /v1/api/conversations/{id}/turns/{turn_id}",
    async (world, owner) => {
      const { conversationId, turnId } = await world.queuedTurnOf(owner)
      return { path: `${conversations}/${conversationId}/turns/${turnId}` }
    },
  ],
  [
    "GET /v1/api/conversations/{id}/attachments/{attachment_id}",
    async (world, owner) => {
      const { conversationId, attachmentId } = await world.attachmentOf(owner)
      return { path: `${conversations}/${conversationId}/attachments/${attachmentId}` }
    },
  ],
  ["GET /v1/api/search", aboutNothing("/v1/api/search?q=word")],
  ["GET /v1/agents", aboutNothing("/v1/agents")],
  [
    "POST /v1/agents",
    () => ({ path: "/v1/agents", json: { slug: `agent-${randomUUID()}`, display_name: "Agent" } }),
  ],
  [
    "PATCH /v1/agents/{id}",
    (world, owner) => ({
      path: `/v1/agents/${tenantOf(world, owner)?.agentId}`,
      json: { description: "Changed" },
    }),
  ],
  ["GET /v1/admin/conversations/export", aboutNothing("/v1/admin/conversations/export")],
  ["GET /v1/admin/usage", aboutNothing("/v1/admin/usage")],
  ["GET /v1/models", aboutNothing("/v1/models")],
  ["GET /v1/api/me", aboutNothing("/v1/api/me")],
  ["PATCH /v1/api/me", aboutNothing("/v1/api/me", { name: "Renamed" })],
  [
    "PUT /v1/api/me/password",
    aboutNothing("/v1/api/me/password", { current_password: password, new_password: password }),
  ],
  ["POST /v1/api/me/erase", aboutNothing("/v1/api/me/erase", { current_password: password })],
  ["GET /v1/api/me/sessions", aboutNothing("/v1/api/me/sessions")],
  ["DELETE /v1/api/me/sessions", aboutNothing("/v1/api/me/sessions")],
  [
    "DELETE /v1/api/me/sessions/{id}",
    async (world, owner) => ({ path: `/v1/api/me/sessions/${await world.sessionOf(owner)}` }),
  ],
  ["GET /v1/api/users", aboutNothing("/v1/api/users")],
  [
    "POST /v1/api/users",
    () => ({ path: "/v1/api/users", json: { email: `${newId()}@example.com` } }),
  ],
  [
    "PATCH /v1/api/users/{id}",
    (_world, owner) => ({ path: `/v1/api/users/${owner.userId}`, json: { disabled: false } }),
  ],
  [
    "POST /v1/api/users/{id}/password-reset",
    async (world, owner) => ({
      path: `/v1/api/users/${(await world.memberBeside(owner)).userId}/password-reset`,
    }),
  ],
  [
    "POST /v1/api/users/{id}/erase",
    async (world, owner) => {
      const { userId } = await world.memberBeside(owner)
      return { path: `/v1/api/users/${userId}/erase`, json: { email: `${userId}@studio.test` } }
    },
  ],
  ["GET /v1/api/invitations", aboutNothing("/v1/api/invitations")],
  [
    "DELETE /v1/api/invitations/{id}",
    async (world, owner) => ({ path: `/v1/api/invitations/${await world.invitationOf(owner)}` }),
  ],
  ["GET /v1/api/tokens", aboutNothing("/v1/api/tokens")],
  [
    "POST /v1/api/tokens",
    aboutNothing("/v1/api/tokens", { name: "x", scopes: ["conversations:read"] }),
  ],
  ["GET /v1/api/tokens/scopes", aboutNothing("/v1/api/tokens/scopes")],
  [
    "DELETE /v1/api/tokens/{id}",
    async (world, owner) => ({ path: `/v1/api/tokens/${await world.tokenOf(owner)}` }),
  ],
  [
    "POST /v1/api/tokens/{id}/rotate",
    async (world, owner) => ({ path: `/v1/api/tokens/${await world.tokenOf(owner)}/rotate` }),
  ],
  ["GET /v1/admin/audit", aboutNothing("/v1/admin/audit?limit=1")],
  ["GET /v1/admin/audit/export", aboutNothing("/v1/admin/audit/export?until=2000-01-01T00:00:00Z")],
  ["GET /v1/admin/audit/verify", aboutNothing("/v1/admin/audit/verify")],
  ["GET /v1/admin/budget", aboutNothing("/v1/admin/budget")],
  ["PATCH /v1/admin/budget", aboutNothing("/v1/admin/budget", { monthly_token_limit: 1_000_000 })],
  [
    "POST /api/auth/sign-in/email",
    (_world, owner) => ({
      path: "/api/auth/sign-in/email",
      json: { email: `${owner.userId}@studio.test`, password },
    }),
  ],
  ["POST /api/auth/sign-out", aboutNothing("/api/auth/sign-out", {})],
  ["POST /api/auth/single-sign-on", aboutNothing("/api/auth/single-sign-on", { next: "/" })],
  [
    "GET /api/auth/callback/oidc",
    aboutNothing("/api/auth/callback/oidc?code=a-code&state=unknown"),
  ],
  [
    "POST /api/setup",
    aboutNothing("/api/setup", { name: "Eve", email: "eve@studio.test", password }),
  ],
  [
    "POST /api/invite",
    async (world, owner) => ({
      path: "/api/invite",
      json: { secret: await linkTo(world, owner, "invitations"), name: "New", password },
    }),
  ],
  [
    "POST /api/reset",
    async (world, owner) => ({
      path: "/api/reset",
      json: { secret: await linkTo(world, owner, "password_resets"), password },
    }),
  ],
  ["GET /healthz", aboutNothing("/healthz")],
  ["GET /readyz", aboutNothing("/readyz")],
  ["GET /openapi.json", aboutNothing("/openapi.json")],
])
