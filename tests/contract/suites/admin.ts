import { describe, expect, test } from "vitest"

import { agentSettings } from "#lib/protocol/agents.ts"
import { usageReport } from "#lib/protocol/usage.ts"

import type { StageOf } from "../contract.ts"

/** The administration endpoints as each mount serves them; integration tests cover the details. */
export function admin(stage: StageOf): void {
  describe("administration", () => {
    const as = (method: string, path: string, json?: unknown) =>
      stage().call(method, path, { token: stage().admin.token, json })

    test("the export of conversations streams lines without a Content-Length", async () => {
      const id = await stage().createConversation()
      const answer = await as("GET", "/v1/admin/conversations/export")
      expect(answer.status).toBe(200)
      expect(answer.headers["content-type"]).toMatch(/^text\/csv/)
      expect(answer.headers["content-length"]).toBeUndefined()
      const lines = answer.text.split("\r\n")
      expect(lines[0]).toMatch(/^\ufeffid,title,owner,/)
      expect(lines.filter((line) => line.startsWith(`${id},`))).toHaveLength(1)
      expect(lines.at(-1)).toBe("")
    })

    test("an agent is created with an available model, and changed", async () => {
      const slug = `made-on-${stage().mount}`
      const model = "openai-compatible/test"
      const made = await as("POST", "/v1/agents", { slug, display_name: "Made", model })
      expect(made.status).toBe(201)
      const { id } = agentSettings.parse(made.json)
      const changed = await as("PATCH", `/v1/agents/${id}`, { model: null, status: "disabled" })
      expect(changed.json).toEqual({ ...made.json, model: null, status: "disabled" })
    })

    test("usage is reported", async () => {
      const answer = await as("GET", "/v1/admin/usage?by=user")
      expect(usageReport.parse(answer.json).by).toBe("user")
    })
  })
}
