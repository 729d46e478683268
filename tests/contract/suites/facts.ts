import { describe, expect, test } from "vitest"

import { agentList, modelList } from "#lib/protocol/agents.ts"
import { me } from "#lib/protocol/people.ts"

import type { StageOf } from "../contract.ts"

/** Read-only endpoints. */
export function facts(stage: StageOf): void {
  describe("facts", () => {
    describe("200", () => {
      test("healthz and readyz require no credential", async () => {
        const health = await stage().call("GET", "/healthz", { token: undefined })
        expect(health.json).toEqual({ status: "ok", mount: stage().mount, role: "all" })
        const ready = await stage().call("GET", "/readyz", { token: undefined })
        expect(ready.status).toBe(200)
        expect(ready.json["status"]).toBe("ready")
      })

      test("HEAD is GET without a body", async () => {
        const answer = await stage().call("HEAD", "/healthz", { token: undefined })
        expect(answer.status).toBe(200)
        expect(answer.bytes).toHaveLength(0)
      })

      test("me", async () => {
        const { ann } = stage()
        const answer = await stage().call("GET", "/v1/api/me")
        expect(me.parse(answer.json)).toMatchObject({
          user: { id: ann.userId, name: "Ann", role: "member" },
          tenant: { id: ann.tenantId },
          credential: "token",
        })
      })

      test("agents: the default first, then by slug, and none of another tenant", async () => {
        const answer = await stage().call("GET", "/v1/agents")
        const { agents } = agentList.parse(answer.json)
        expect(agents.map((agent) => [agent.slug, agent.status, agent.is_default])).toEqual([
          ["helper", "active", true],
          ["asleep", "disabled", false],
        ])
      })

      test("models", async () => {
        const answer = await stage().call("GET", "/v1/models")
        expect(modelList.parse(answer.json).default_model).toBe("openai-compatible/test")
      })

      test("the OpenAPI document covers every status these suites have seen", async () => {
        const { json } = await stage().call("GET", "/openapi.json", { token: undefined })
        expect(json["openapi"]).toBe("3.1.0")
        const paths = json["paths"] as Record<string, Record<string, { responses: object }>>
        const submit = paths["/v1/api/conversations/{id}/messages"]?.["post"]
        expect(Object.keys(submit?.responses ?? {})).toEqual(
          expect.arrayContaining([
            "202",
            "400",
            "401",
            "403",
            "404",
            "409",
            "413",
            "415",
            "422",
            "429",
            "503",
          ]),
        )
      })

      test("JSON endpoints ignore content negotiation", async () => {
        const answer = await stage().call("GET", "/v1/agents?callback=x&format=html", {
          headers: { accept: "text/html" },
        })
        expect(answer.headers["content-type"]).toBe("application/json; charset=utf-8")
        expect(answer.headers["x-content-type-options"]).toBe("nosniff")
      })
    })
  })
}
