import { describe, expect, test } from "vitest"

import { exchange, type Answer } from "../../support/http.ts"
import type { StageOf } from "../contract.ts"

/** Headers and markup shared by all pages. */
export function pages(stage: StageOf): void {
  const open = (path: string, headers: Record<string, string> = {}): Promise<Answer> =>
    stage().call("GET", path, { token: undefined, headers })

  describe("pages", () => {
    test.each([
      ["a page", "/setup", 200, 3],
      ["a page that does not exist", "/nothing/here", 404, 3],
      ["a conversation", "/c/0190a000-0000-7000-8000-000000000000", 307, 0],
    ])(
      "%s has a policy, and each script carries its nonce",
      async (_name, path, status, scriptsMin) => {
        const answer = await open(path)
        expect(answer.status).toBe(status)
        const nonce = nonceOf(answer)
        const scripts = answer.text.match(/<script\b[^>]*>/g) ?? []
        expect(scripts.length).toBeGreaterThanOrEqual(scriptsMin)
        expect(scripts.filter((tag) => !tag.includes(`nonce="${nonce}"`))).toEqual([])
        expect(answer.text).not.toMatch(/\son[a-z]+="/)
        expect(answer.headers).toMatchObject({
          "x-content-type-options": "nosniff",
          "x-frame-options": "DENY",
          "referrer-policy": "no-referrer",
          "cross-origin-opener-policy": "same-origin",
          "cross-origin-resource-policy": "same-origin",
          "x-request-id": expect.stringMatching(/^[0-9a-f-]{36}$/),
        })
        expect(answer.headers["x-powered-by"]).toBeUndefined()
      },
    )

    test("a nonce is used once, and the client cannot supply it", async () => {
      const brought = {
        "content-security-policy": "script-src 'nonce-bWluZQ=='",
        "content-security-policy-report-only": "script-src 'nonce-bWluZQ=='",
      }
      const answers = [await open("/setup"), await open("/setup", brought)]
      expect(new Set(answers.map(nonceOf)).size).toBe(2)
      expect(answers[1]?.text).not.toContain("bWluZQ==")
    })

    test("no request reaches React's decoder, whatever its path and headers", async () => {
      const { host } = new URL(stage().server.url)
      const paths = ["/sign-in", "/nothing", "/api/nothing", "/_next/x", "/_next/../sign-in"]
      for (const path of [...paths, "/api/../sign-in", "/api/auth/sign-in/email"]) {
        for (const type of ["text/plain", "multipart/form-data; boundary=x"]) {
          const answer = await exchange(
            stage().server.url,
            `POST ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\nNext-Action: ${"7f".repeat(20)}\r\nContent-Type: ${type}\r\nContent-Length: 2\r\n\r\n[]`,
          )
          expect(answer).toMatch(/^HTTP\/1\.1 4(?:00|03|05|15) /)
          expect(answer).not.toContain("Server Action")
        }
      }
      const read = await open("/setup", { "next-action": "7f".repeat(20) })
      expect(read.status).toBe(200)
    })

    test.each([
      "/_global-error",
      "/_next/image?url=%2Fv1%2Fapi%2Fme&w=640&q=75",
      "/_next/data/x.json",
    ])("%s belongs to Next and is a 404", async (path) => {
      const answer = await open(path)
      expect(answer.status).toBe(404)
      expect(answer.json["code"]).toBe("not_found")
    })

    test("an undecodable address gives the usual error", async () => {
      for (const path of ["/%", "/c/%E0%A4%A", "/_next/static/nothing.js", "/_next/image?url=x"]) {
        const answer = await open(path)
        expect([path, [400, 404].includes(answer.status)]).toEqual([path, true])
        expect(answer.headers["content-security-policy"]).toContain("default-src 'none'")
      }
    })
  })
}

function nonceOf(answer: Answer): string {
  const policy = String(answer.headers["content-security-policy"])
  return /script-src 'nonce-([^']+)' 'strict-dynamic'/.exec(policy)?.[1] ?? "none"
}
