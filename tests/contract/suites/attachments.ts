import { randomUUID } from "node:crypto"

import { describe, expect, test } from "vitest"

import type { Answer } from "../../support/http.ts"
import type { StageOf } from "../contract.ts"

const base = "/v1/api/conversations"
const base64 = (text: string | Buffer) => Buffer.from(text).toString("base64")

interface Ref {
  attachment_id: string
  filename: string
  content_type: string
  size_bytes: number
}

/** Files sent with a message, and their download. */
export function attachments(stage: StageOf): void {
  describe("attachments", () => {
    const send = (id: string, attachment: object | null, text = ""): Promise<Answer> =>
      stage().submit(id, text, { attachments: [attachment] })
    const file = (content_type: string, bytes: string | Buffer, filename = "a.txt") => ({
      filename,
      content_type,
      data_b64: base64(bytes),
    })
    const refsOf = async (id: string): Promise<Ref[]> => {
      const rows = (await stage().call("GET", `${base}/${id}/messages?direction=inbound`)).list
      return rows.flatMap((row) => (row["payload"] as { attachments: Ref[] }).attachments)
    }
    /** Sends one file and returns its stored form. */
    const store = async (attachment: object) => {
      const id = await stage().createConversation()
      const answer = await send(id, attachment)
      expect(answer.status, `${answer.text}`).toBe(202)
      const [ref] = await refsOf(id)
      if (ref === undefined) throw new Error("nothing was stored")
      return { id, ref, path: `${base}/${id}/attachments/${ref.attachment_id}` }
    }

    describe("202 and 200", () => {
      test("downloads return the uploaded bytes, always as an attachment", async () => {
        const bytes = Buffer.from([0, 1, 2, 255, 254, 10, 13])
        const { ref, path } = await store(file("application/octet-stream", bytes, "blob.bin"))
        expect(ref).toMatchObject({ filename: "blob.bin", size_bytes: 7 })
        const got = await stage().call("GET", path)
        expect(got.status).toBe(200)
        expect(got.bytes.equals(bytes)).toBe(true)
        expect(got.headers).toMatchObject({
          "content-disposition": `attachment; filename="blob.bin"; filename*=UTF-8''blob.bin`,
          "x-content-type-options": "nosniff",
          "content-security-policy": expect.stringContaining("sandbox"),
          "cache-control": "no-store",
        })
      })

      test.each([
        ["text/html", "<script>alert(1)</script>"],
        ["image/svg+xml", "<svg onload=alert(1)/>"],
        ["application/xhtml+xml", "<html/>"],
        ["text/xml", "<a/>"],
        ["application/javascript", "alert(1)"],
      ])("%s is stored as plain text", async (type, text) => {
        const { ref, path } = await store(file(type, text))
        expect(ref.content_type).toBe("text/plain")
        const got = await stage().call("GET", path)
        expect(got.headers["content-type"]).toBe("text/plain")
        expect(got.headers["content-disposition"]).toMatch(/^attachment;/)
      })

      test.each([
        ["../../etc/passwd", "passwd"],
        ["..\\x", "x"],
        ["C:\\x", "x"],
        ["a\u202Egpj.exe", "agpj.exe"],
        ['a"\r\nX: y', "a_X_ y"],
        ["...", "attachment"],
        ["日本.txt", "日本.txt"],
      ])("the name %j is displayed as %j", async (filename, shown) => {
        const { ref, path } = await store(file("text/plain", "x", filename))
        expect(ref.filename).toBe(shown)
        const got = await stage().call("GET", path)
        expect(got.headers["content-disposition"]).toContain(
          `filename*=UTF-8''${encodeURIComponent(shown)}`,
        )
        expect(got.headers["x"]).toBeUndefined()
      })

      // Base64 of 12 MiB alone fills the 16 MiB limit of a body.
      test("ten files of almost 12 MiB in total", async () => {
        const id = await stage().createConversation()
        const data_b64 = base64(Buffer.alloc(1_250_000, "a"))
        const files = Array.from({ length: 10 }, (_, index) => ({
          filename: `${index}.txt`,
          content_type: "text/plain",
          data_b64,
        }))
        await stage().submitLarge(id, "", { attachments: files })
        expect(await refsOf(id)).toHaveLength(10)
      })
    })

    describe("404", () => {
      test("for a reader without access, and for a file of another conversation", async () => {
        const { path, ref } = await store(file("text/plain", "secret"))
        const { bob, eve, admin } = stage()
        for (const token of [bob.token, eve.token]) {
          expect((await stage().call("GET", path, { token })).status).toBe(404)
        }
        expect((await stage().call("GET", path, { token: undefined })).status).toBe(401)
        expect(
          (await stage().call("GET", `${path}?view=admin`, { token: admin.token })).status,
        ).toBe(200)
        const foreignAdmin = await stage().call("GET", `${path}?view=admin`, { token: eve.token })
        expect(foreignAdmin.status).toBe(404)
        const other = await stage().createConversation()
        for (const guess of [ref.attachment_id, randomUUID(), "1"]) {
          const answer = await stage().call("GET", `${base}/${other}/attachments/${guess}`)
          expect(answer.status).toBe(404)
        }
      })

      test("after the conversation is deleted", async () => {
        const { id, path } = await store(file("text/plain", "x"))
        await stage().call("DELETE", `${base}/${id}`)
        expect((await stage().call("GET", path)).status).toBe(404)
      })
    })

    describe("413", () => {
      test("more than 12 MiB decoded", async () => {
        const id = await stage().createConversation()
        const answer = await send(id, file("text/plain", Buffer.alloc(12 * 1024 * 1024 + 1, "a")))
        expect(answer.status).toBe(413)
        expect(await refsOf(id)).toEqual([])
      })
    })

    describe("422", () => {
      test.each(["@@@@", "YQ", "YQ=", "Y Q=", "YQ==\n", "_-_-", "data:;base64,YQ==", "YR=="])(
        "non-canonical base64: %j",
        async (data_b64) => {
          const id = await stage().createConversation()
          const answer = await send(id, { filename: "a", content_type: "text/plain", data_b64 })
          expect(answer.json).toMatchObject({
            code: "invalid_field",
            field: "attachments.0.data_b64",
          })
        },
      )

      test.each([
        ["image/png", "<html>"],
        ["image/png", "%PDF-1.7 <script>"],
        ["image/jpeg", "GIF89a"],
        ["text/plain", Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])],
        ["application/pdf", "hello"],
        ['x/y; charset="\r\n', Buffer.from([0])],
        ["nonsense", "x"],
      ])("declared %j, but the bytes are not", async (type, bytes) => {
        const id = await stage().createConversation()
        const answer = await send(id, file(type, bytes))
        expect(answer.status).toBe(422)
        expect(answer.json["code"]).toBe("invalid_field")
        expect(await refsOf(id)).toEqual([])
      })

      test.each<[string, object | null]>([
        ["null", null],
        ["a list", []],
        ["neither bytes nor document", { filename: "a", content_type: "text/plain" }],
        ["both", { filename: "a", content_type: "text/plain", data_b64: "YQ==", document_id: "x" }],
        ["all null", { filename: null, content_type: null, data_b64: null, document_id: null }],
        ["no name", { content_type: "text/plain", data_b64: "YQ==" }],
        ["an empty name", { filename: "", content_type: "text/plain", data_b64: "YQ==" }],
        [
          "a name of 256 characters",
          { filename: "a".repeat(256), content_type: "text/plain", data_b64: "YQ==" },
        ],
        [
          "a type of 10 KB",
          { filename: "a", content_type: `text/${"x".repeat(10_000)}`, data_b64: "YQ==" },
        ],
        [
          "a PNG of 30,000 pixels",
          { filename: "a.png", content_type: "image/png", data_b64: hugePng },
        ],
      ])("%s", async (_name, attachment) => {
        const id = await stage().createConversation()
        const answer = await send(id, attachment, "text")
        expect(answer.status, `${answer.text}`).toBe(422)
        expect(answer.json["field"]).toMatch(/^attachments\.0/)
        expect(await refsOf(id)).toEqual([])
      })
    })
  })
}

/** Signature and complete IHDR of 30,000 × 30,000, with its checksum. */
const hugePng = base64(
  Buffer.from("89504e470d0a1a0a0000000d4948445200007530000075300802000000", "hex"),
)
