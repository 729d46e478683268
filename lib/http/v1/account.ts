import type { z } from "zod"

import { setUpOwner } from "#lib/auth/owner-setup.ts"
import { signInByPassword, signOut as endSession } from "#lib/auth/password-sign-in.ts"
import { beginSingleSignOn, finishSingleSignOn } from "#lib/auth/provider-sign-in.ts"
import type { Visitor } from "#lib/auth/visitor.ts"
import { acceptInvitation } from "#lib/people/accept-invitation.ts"
import { usePasswordReset } from "#lib/people/use-password-reset.ts"
import {
  acceptInvitationBody,
  accountBodyBytesMax,
  passwordResetBody,
  setupBody,
  signedIn,
  signInBody,
  singleSignOnBody,
  singleSignOnStart,
} from "#lib/protocol/account.ts"

import { toHeaders, type Call } from "../call.ts"
import { emptyReply, jsonReply, type Reply } from "../reply.ts"
import { publicRoute } from "../route.ts"

/** Passwords are hashed in a queue, and single sign-on makes several requests to the provider. */
const answerLimitMs = 30_000

const ownPage = {
  method: "POST",
  caller: "own_page",
  bodyBytesMax: accountBodyBytesMax,
  answerLimitMs,
} as const

export const signIn = publicRoute({
  ...ownPage,
  path: "/api/auth/sign-in/email",
  summary: "Sign in with e-mail and password",
  body: signInBody,
  replies: { 200: { description: "Signed in: the cookie of a new session.", shape: signedIn } },
  failures: ["unauthorized", "account_disabled"],
  // 403 instead of 401: the password was right, so authenticating again would not help.
  statuses: { account_disabled: 403 },
  async run({ call, runtime, body }) {
    const { email, password, keep } = body
    const typed = { email, password, isKept: keep === true || keep === "true" }
    return signedInReply(await signInByPassword(runtime, visitorOf(call), typed))
  },
})

export const signOut = publicRoute({
  ...ownPage,
  path: "/api/auth/sign-out",
  summary: "End the session of this browser",
  replies: { 200: { description: "The session's cookie is deleted.", shape: signedIn } },
  async run({ call, runtime }) {
    return signedInReply(await endSession(runtime, visitorOf(call)))
  },
})

export const startSingleSignOn = publicRoute({
  ...ownPage,
  path: "/api/auth/single-sign-on",
  summary: "Start a sign-in at the provider",
  body: singleSignOnBody,
  replies: {
    200: {
      description: "The provider's page, and the cookie of this attempt.",
      shape: singleSignOnStart,
    },
  },
  failures: ["not_found"],
  async run({ call, runtime, body }) {
    const begun = await beginSingleSignOn(runtime, visitorOf(call), body.next ?? null)
    return { ...jsonReply(200, { url: begun.url }), cookies: [begun.cookie] }
  },
})

export const takeProviderAnswer = publicRoute({
  method: "GET",
  path: "/api/auth/callback/oidc",
  summary: "Redirect URI for the provider",
  replies: { 302: { description: "Redirect to the requested page, or to the sign-in page." } },
  failures: ["not_found"],
  answerLimitMs,
  async run({ call, runtime }) {
    const { location, cookies } = await finishSingleSignOn(runtime, visitorOf(call), call.query)
    return { ...emptyReply(302, { Location: location }), cookies }
  },
})

export const setUp = publicRoute({
  ...ownPage,
  path: "/api/setup",
  summary: "Create the first owner and sign them in",
  body: setupBody,
  replies: { 200: { description: "Signed in: the cookie of a new session.", shape: signedIn } },
  failures: ["setup_closed", "address_taken"],
  async run({ call, runtime, body }) {
    const owner = { ...body, code: body.code ?? null }
    return signedInReply(await setUpOwner(runtime, visitorOf(call), owner))
  },
})

export const joinByLink = publicRoute({
  ...ownPage,
  path: "/api/invite",
  summary: "Accept an invitation by the secret of its link",
  body: acceptInvitationBody,
  replies: { 200: { description: "Signed in: the cookie of a new session.", shape: signedIn } },
  failures: ["invitation_over", "address_taken"],
  async run({ call, runtime, body }) {
    return signedInReply(await acceptInvitation(runtime, visitorOf(call), body))
  },
})

export const resetByLink = publicRoute({
  ...ownPage,
  path: "/api/reset",
  summary: "Set a new password by the secret of a link",
  body: passwordResetBody,
  replies: { 200: { description: "Signed in: the cookie of a new session.", shape: signedIn } },
  failures: ["reset_over"],
  async run({ call, runtime, body }) {
    return signedInReply(await usePasswordReset(runtime, visitorOf(call), body))
  },
})

function signedInReply(cookies: readonly string[]): Reply {
  const body: z.infer<typeof signedIn> = {}
  return { ...jsonReply(200, body), cookies }
}

function visitorOf(call: Call): Visitor {
  return {
    headers: toHeaders(call),
    address: call.remoteAddress === "" ? null : call.remoteAddress,
    cameDirectly: call.cameDirectly(),
    requestId: call.requestId,
  }
}
