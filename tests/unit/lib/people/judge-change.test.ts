import { describe, expect, test } from "vitest"

import type { PeopleState, PersonChange } from "#db/queries/change-person.ts"
import { judgeChange } from "#lib/people/judge-change.ts"

const other: PeopleState = {
  actorRole: "owner",
  isSelf: false,
  role: "member",
  isDisabled: false,
  otherOwners: 1,
}
const self = { isSelf: true, role: "owner", actorRole: "owner" } as const
const byAdmin = { actorRole: "admin" } as const

describe("permission to change a person", () => {
  test.each<[string, Partial<PeopleState>, PersonChange, string | null]>([
    ["an owner makes an administrator", {}, { role: "admin" }, null],
    ["an owner makes an owner", {}, { role: "owner" }, null],
    ["an owner demotes another owner", { role: "owner" }, { role: "member" }, null],
    ["an owner disables another owner", { role: "owner" }, { isDisabled: true }, null],
    ["an owner disables an administrator", { role: "admin" }, { isDisabled: true }, null],
    ["an administrator disables a member", byAdmin, { isDisabled: true }, null],
    [
      "an administrator enables a member",
      { ...byAdmin, isDisabled: true },
      { isDisabled: false },
      null,
    ],
    ["an administrator says what is so already", byAdmin, { role: "member" }, null],
    ["an administrator makes another", byAdmin, { role: "admin" }, "owner_required"],
    ["an administrator makes an owner", byAdmin, { role: "owner" }, "owner_required"],
    [
      "an administrator demotes another",
      { ...byAdmin, role: "admin" },
      { role: "member" },
      "owner_required",
    ],
    [
      "an administrator disables another",
      { ...byAdmin, role: "admin" },
      { isDisabled: true },
      "owner_required",
    ],
    [
      "an administrator disables the last owner",
      { ...byAdmin, role: "owner", otherOwners: 0 },
      { isDisabled: true },
      "owner_required",
    ],
    [
      "an administrator promotes themselves",
      { ...byAdmin, isSelf: true, role: "admin" },
      { role: "owner" },
      "own_account",
    ],
    [
      "an administrator disables themselves",
      { ...byAdmin, isSelf: true, role: "admin" },
      { isDisabled: true },
      "own_account",
    ],
    ["an owner demotes themselves", self, { role: "admin" }, "own_account"],
    ["the last owner steps down", { ...self, otherOwners: 0 }, { role: "admin" }, "last_owner"],
    [
      "the last owner disables themselves",
      { ...self, otherOwners: 0 },
      { isDisabled: true },
      "last_owner",
    ],
    // The other owner demoted the actor a moment ago: this change comes second.
    ["an actor demoted meanwhile", { actorRole: "member" }, { role: "admin" }, "gone"],
    ["an actor disabled meanwhile", { actorRole: null }, { role: "admin" }, "gone"],
  ])("%s", (_what, state, change, refusal) => {
    expect(judgeChange({ ...other, ...state }, change)).toBe(refusal)
  })
})
