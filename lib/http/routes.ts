import { honouredScopes } from "./honoured-scopes.ts"
import { createOpenApi } from "./openapi.ts"
import type { Route } from "./route.ts"
import * as account from "./v1/account.ts"
import * as adminConversations from "./v1/admin-conversations.ts"
import * as agents from "./v1/agents.ts"
import * as attachments from "./v1/attachments.ts"
import * as audit from "./v1/audit.ts"
import * as budget from "./v1/budget.ts"
import * as conversations from "./v1/conversations.ts"
import * as erasure from "./v1/erasure.ts"
import * as health from "./v1/health.ts"
import * as invitations from "./v1/invitations.ts"
import * as me from "./v1/me.ts"
import * as messages from "./v1/messages.ts"
import * as models from "./v1/models.ts"
import { openapiRoute } from "./v1/openapi.ts"
import * as people from "./v1/people.ts"
import { search } from "./v1/search.ts"
import * as sessions from "./v1/sessions.ts"
import { stream } from "./v1/stream.ts"
import * as tokens from "./v1/tokens.ts"
import * as turns from "./v1/turns.ts"
import * as usage from "./v1/usage.ts"
import { userStream } from "./v1/user-stream.ts"

/** Every endpoint of the wire contract, for both mounts and for the OpenAPI document. */
export const routes: readonly Route[] = [
  conversations.list,
  conversations.create,
  conversations.get,
  conversations.rename,
  conversations.remove,
  conversations.read,
  messages.submit,
  messages.journal,
  stream,
  userStream,
  turns.interrupt,
  turns.nudge,
  turns.withdraw,
  attachments.download,
  search,
  agents.list,
  agents.create,
  agents.change,
  models.list,
  me.get,
  me.rename,
  me.setPassword,
  erasure.eraseMe,
  sessions.list,
  sessions.endOthers,
  sessions.end,
  people.list,
  people.invite,
  people.change,
  people.resetPassword,
  erasure.erase,
  invitations.list,
  invitations.revoke,
  tokens.list,
  tokens.mint,
  tokens.scopesRoute(() => honouredScopes(routes)),
  tokens.revoke,
  tokens.rotate,
  audit.list,
  audit.exported,
  audit.verify,
  budget.get,
  budget.change,
  adminConversations.exportList,
  usage.report,
  account.signIn,
  account.signOut,
  account.startSingleSignOn,
  account.takeProviderAnswer,
  account.setUp,
  account.joinByLink,
  account.resetByLink,
  health.healthz,
  health.readyz,
  openapiRoute(() => createOpenApi(routes)),
]
