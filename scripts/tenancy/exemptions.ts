/**
 * Statements on somebody's rows that name no tenant, by why they need none: the file of db/queries,
 * the function, and the tables it may touch so.
 */
export const exemptions: Readonly<Record<string, readonly string[]>> = {
  "Nobody is known yet: a link, a token, a cookie or an address is looked up, and the tenant comes out":
    [
      "accept-invitation findInvitation: invitations tenants users",
      "accept-invitation acceptInvitation: invitations",
      "passwords renewPasswordHash: accounts",
      "provider-accounts findLinkedPerson: accounts users",
      "provider-accounts linkPerson: accounts users",
      "use-password-reset findPasswordReset: password_resets tenants users",
      "use-password-reset usePasswordReset: password_resets",
      "sessions insertSession: users sessions",
      "sessions recordRefusedSignIn: users",
      "sessions noteSessionUse: sessions users",
      "tokens findTokenHolder: tokens users",
      "users findPersonByEmail: users",
    ],
  "It makes the way to sign in of a person whom the same transaction has just made": [
    "accept-invitation insertMember: accounts",
    "owner insertFirstOwner: accounts",
  ],
  "It is about the installation: its first tenant, its first owner, what a new tenant may be called":
    [
      "insert-tenant insertTenant: tenants",
      "issue-token ensureUser: users",
      "issue-token upsertUser: tenants users",
      "owner firstOwnerExists: accounts tenants users",
      "owner insertFirstOwner: accounts tenants users",
      "seed insertFirstTenant: tenants",
      "seed findFirstTenant: tenants",
    ],
  "A driver or housekeeping works for all tenants: no principal asks, and nobody is shown anything":
    [
      "audit-chain listUnsealedTenants: audit",
      "drivers forgiveCrashes: turns",
      "heads listHeadPositions: heads",
      "housekeeping purgeIdempotencyKeys: idempotency_keys",
      "housekeeping purgeSignIns: password_resets sessions",
      "housekeeping purgeAttachmentBytes: attachment_bytes attachments",
      "housekeeping purgeDeletedConversation: conversations turns",
      "journal appendRows: heads journal",
      "journal settleAppend: heads journal",
      "journal settleRows: journal turns",
      "search insertSearchEntries: conversations search_entries",
      "titles wantTitle: conversations turns",
      "titles claimTitles: agents conversations search_entries",
      "titles writeTitle: heads journal",
      "tokens revokeUnusedTokens: audit tokens",
      "turns claimTurns: heads turns",
      "turns renewLeases: turns",
      "turns listOwnedTurns: turns",
      "turns freeTurns: heads turns",
      "turns endTurn: conversations heads journal turns",
      "turns listUnfoldedTurns: heads turns",
      "usage countEndedTurns: conversations conversation_texts journal turns usage_days",
    ],
  "These tables have no tenant: the same transaction has found the conversation for its tenant, and holds its head":
    [
      "turn-control requestInterrupt: heads",
      "turn-control withdrawQueued: journal",
      "turn-control insertNudge: heads journal",
      "turn-control deleteConversationRows: heads",
      "turn-control endQueued: heads journal",
      "turn-control claimNudgeKey: idempotency_keys",
      "turn-control undo: idempotency_keys",
    ],
  "It is a part of statements that name the tenant": ["search participation: participants"],
  "It fills a database of development with made-up rows": [
    "seed-many insertConversations: heads",
    "seed-many insertJournal: journal users",
    "seed-many seedLongTurn: conversations heads participants turns",
    "seed-many insertLongJournal: journal",
  ],
}
