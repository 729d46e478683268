import { describe, expect, test } from "vitest"

import { exchange } from "../../support/http.ts"
import type { StageOf } from "../contract.ts"

const hosts = ["[", "a:99999", "@", "a/b", "a b", "%00", "", "a?b", "a#b", "::1", "256.256.256.256"]

const targets = [
  "*",
  "?x",
  "http://a.test/",
  "/..",
  "/c/%00",
  "/c/%ff",
  "/%",
  "/a#b",
  "/_global-error",
  "/500",

  "/_next/image?url=%2Fv1%2Fapi%2Fme&w=640&q=75",
  "/_next/image?url=%2Fhealthz&w=640&q=75",
  "/_next/data/x/sign-in.json",
  "/sign-in.rsc",
  "/sign-in.segments/_tree.segment.rsc",
  "/sign-in?a=%ff",
  "/sign-in?next=%00",
  "/?__nextLocale=x&__nextDataReq=1&nxtPid=x&_rsc=x",
  "/api/auth/callback/oidc?code=%00&state=%ff",
  "/api/auth/callback/oidc?error=%0a",
  "/invite/%E2%80%AE",
  "/c/nope",
  "/v1/api/conversations/%F0%9F%8F%9D",
  "/v1/api/me?token=%00",
]

const headers = [
  "x-forwarded-host",
  "x-forwarded-proto",
  "x-forwarded-for",
  "x-matched-path",
  "rsc",
  "cookie",

  "x-invoke-path",
  "x-invoke-status",
  "x-middleware-subrequest",
  "x-nextjs-data",
  "next-url",
  "next-router-state-tree",
  "next-router-segment-prefetch",
  "next-action",
  "next-resume",
  "x-now-route-matches",
  "x-prerender-revalidate",
  "accept-language",
  "accept",
  "range",
  "expect",
  "origin",
  "referer",
  "user-agent",
  "authorization",
  "if-none-match",
  "x-studio-user",
]
const headerValues = ["1", "[", "%", "\u00ff\u00fe", "%00", "{}", "/v1/api/me", "a".repeat(3_000)]

const fields = [
  '{"email":"a\\u0000@b.test","password":"a\\u0000"}',
  '{"email":"\\ud800","password":"x"}',
  '{"email":{"a":1},"password":[]}',
  "{",
  "[]",
  "null",
  '{"__proto__":{"email":"a"}}',
  `{"email":"${"a".repeat(15_000)}","password":"x"}`,
  `${"[".repeat(8_000)}`,
  '{"secret":"\\u0000","name":"\\u0000","email":"a\\u0000b@x.test","password":"\\ud800aaaaaaaa","code":"\\u0000"}',
  '{"secret":"\\ud800","name":"a","email":"a@x.test","password":"correct horse battery","code":"\\ud800"}',
]
const bodies: [type: string, body: string][] = [
  ...fields.map((body): [string, string] => ["application/json", body]),
  ["multipart/form-data; boundary=x", "--x\r\n"],
  ["multipart/form-data", "--x"],
  ["text/plain;charset=UTF-8", "[]"],
  ["application/x-www-form-urlencoded", "$ACTION_ID_aa=1"],
]
const endpoints = ["/api/auth/sign-in/email", "/api/auth/sign-out", "/api/setup", "/api/invite"]

/** Requests that anyone on the network can send without a credential. */
function requests(host: string): string[] {
  const head = (method: string, target: string, at = host) =>
    `${method} ${target} HTTP/1.1\r\nHost: ${at}\r\nConnection: close\r\n`
  const own = `Origin: http://${host}\r\nSec-Fetch-Site: same-origin\r\n`
  const post = (target: string, [type, body]: [string, string], at = host) =>
    `${head("POST", target, at)}${own}Content-Type: ${type}\r\nNext-Action: ${"7f".repeat(20)}\r\nContent-Length: ${body.length}\r\n\r\n${body}`
  return [
    ...targets.flatMap((target) => ["GET", "POST", "OPTIONS"].map((m) => `${head(m, target)}\r\n`)),
    ...hosts.flatMap((at) => [
      `${head("GET", "/sign-in", at)}\r\n`,
      post("/api/auth/sign-in/email", bodies[0] ?? ["", ""], at),
    ]),
    ...headers.flatMap((name) =>
      headerValues.flatMap((value) =>
        ["/sign-in", "/v1/api/me"].map((target) => {
          const payload = name.startsWith("next-") ? "RSC: 1\r\n" : ""
          return `${head("GET", target)}${payload}${name}: ${value}\r\n\r\n`
        }),
      ),
    ),
    ...[...endpoints, "/api/nothing", "/sign-in"].flatMap((target) =>
      bodies.map((body) => post(target, body)),
    ),
  ]
}

/** Anonymous requests cannot create error-level log entries. */
export function hostile(stage: StageOf): void {
  describe("hostile requests without a credential", () => {
    test("are answered below 500 and leave no error in the log", async () => {
      const { server } = stage()
      const logs = () => server.logs()
      const errorsBefore = errorLines(logs())
      const all = requests(new URL(server.url).host)
      const waiting = all.values()
      const faults: string[] = []
      const work = async () => {
        for (const request of waiting) {
          const answer = await exchange(server.url, request)
          if (!/^HTTP\/1\.1 [1-4]/.test(answer)) {
            faults.push(`${request.slice(0, 200)} → ${answer.slice(0, 100)}`)
          }
        }
      }
      await Promise.all(Array.from({ length: 8 }, work))
      expect(all.length).toBeGreaterThan(500)
      expect(faults).toEqual([])
      // Log entries are ordered: everything before this marker has been written.
      await stage().call("GET", "/v1/api/me?marker", {})
      expect(errorLines(logs()).slice(errorsBefore.length)).toEqual([])
    })
  })
}

function errorLines(logs: string): string[] {
  return logs.split("\n").filter((line) => /"level":(?:50|60)\b/.test(line))
}
