import { crc32 } from "node:zlib"

import fc from "fast-check"
import { describe, expect, test } from "vitest"

import { contentDisposition } from "#lib/attachments/content-disposition.ts"
import { toDisplayName } from "#lib/attachments/display-name.ts"
import { decodeBase64, readUploads } from "#lib/attachments/read-uploads.ts"

const base64 = (bytes: string | Uint8Array) => Buffer.from(bytes as string).toString("base64")
const upload = (content_type: string, bytes: string | Uint8Array, filename = "a.bin") => [
  { filename, content_type, data_b64: base64(bytes) },
]
const typeOf = (declared: string, bytes: string | Uint8Array) =>
  readUploads(upload(declared, bytes))[0]?.contentType

function png(width: number, height: number, isWhole = true): Buffer {
  const chunk = (kind: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(kind, "latin1"), data])
    const length = Buffer.alloc(4)
    length.writeUInt32BE(data.length)
    const checksum = Buffer.alloc(4)
    checksum.writeUInt32BE(crc32(body))
    return Buffer.concat([length, body, checksum])
  }
  const head = Buffer.alloc(13)
  head.writeUInt32BE(width, 0)
  head.writeUInt32BE(height, 4)
  head[8] = 8
  const signature = Buffer.from("\x89PNG\r\n\x1a\n", "latin1")
  const chunks = [signature, chunk("IHDR", head), chunk("IDAT", Buffer.alloc(20))]
  return Buffer.concat(isWhole ? [...chunks, chunk("IEND", Buffer.alloc(0))] : chunks)
}

describe("base64", () => {
  test("has one spelling per byte sequence", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const text = Buffer.from(bytes).toString("base64")
        expect(decodeBase64(text)).toEqual(Buffer.from(bytes))
      }),
    )
  })

  test.each([
    "@@@@",
    "YQ",
    "YQ=",
    "YQ===",
    "Y Q==",
    "YQ==\n",
    "YR==",
    "-_-_",
    "data:,YQ==",
    "====",
    "YQ==YQ==",
  ])("%j is refused", (text) => expect(decodeBase64(text)).toBeNull())
})

describe("the stored type", () => {
  test("follows the bytes", () => {
    expect(typeOf("image/png", png(1, 1))).toBe("image/png")
    expect(typeOf("application/octet-stream", png(1, 1))).toBe("image/png")
    expect(typeOf("application/pdf", "%PDF-1.7\n")).toBe("application/pdf")
    expect(typeOf("text/markdown; charset=utf-8", "# Hi")).toBe("text/markdown")
    expect(typeOf("application/octet-stream", "plain words")).toBe("text/plain")
    expect(typeOf("application/octet-stream", Buffer.from([0, 1, 2]))).toBe(
      "application/octet-stream",
    )
  })

  test("of active content is plain text", () => {
    expect(typeOf("text/html", "<script>alert(1)</script>")).toBe("text/plain")
    expect(typeOf("image/svg+xml", "<svg onload=alert(1)>")).toBe("text/plain")
    expect(typeOf("application/xhtml+xml", "<html/>")).toBe("text/plain")
    expect(typeOf("application/javascript", "alert(1)")).toBe("text/plain")
    expect(typeOf("application/atom+xml", "<feed/>")).toBe("text/plain")
  })

  test.each([
    ["image/png", "<html>"],
    ["image/png", "%PDF-1.7"],
    ["text/plain", png(1, 1)],
    ["text/plain", Buffer.from([0xff, 0xfe, 0x00])],
    ["application/pdf", "not a pdf"],
    ["nonsense", "x"],
    ['x/y"\r\nX: y', "x"],
    ["image/webp", Buffer.from([1, 2, 0])],
  ])("declared as %j but with other bytes is refused", (declared, bytes) => {
    expect(() => readUploads(upload(declared, bytes))).toThrow(
      expect.objectContaining({ code: "invalid_field", field: "attachments.0.content_type" }),
    )
  })
})

describe("images", () => {
  test.each([
    ["30,000 pixels wide", png(30_000, 30_000)],
    ["without size", png(0, 0)],
    ["cut off", png(1, 1, false)],
    ["with a wrong checksum", Buffer.from(png(1, 1)).fill(7, 20, 22)],
    ["a JPEG that ends at once", Buffer.from([0xff, 0xd8, 0xff, 0xe0])],
  ])("%s are refused by their headers", (_name, bytes) => {
    const type = bytes[0] === 0xff ? "image/jpeg" : "image/png"
    expect(() => readUploads(upload(type, bytes))).toThrow(
      expect.objectContaining({ code: "invalid_field", field: "attachments.0.data_b64" }),
    )
  })
})

test("all files together are limited to 12 MiB", () => {
  const half = Buffer.alloc(6 * 1024 * 1024, "a")
  const two = [...upload("text/plain", half), ...upload("text/plain", half)]
  expect(readUploads(two)).toHaveLength(2)
  expect(() => readUploads([...two, ...upload("text/plain", "a")])).toThrow(
    expect.objectContaining({ code: "too_large" }),
  )
})

test.each(["text/plain", "application/octet-stream", "image/png"])(
  "an empty file of the type %s is refused with its index",
  (type) => {
    expect(() => readUploads([...upload("text/plain", "a"), ...upload(type, "")])).toThrow(
      expect.objectContaining({ code: "invalid_field", field: "attachments.1.data_b64" }),
    )
  },
)

describe("names", () => {
  test.each([
    ["../../etc/passwd", "passwd"],
    ["..\\..\\x.txt", "x.txt"],
    ["C:\\x.txt", "x.txt"],
    ["a\0.png", "a.png"],
    [".htaccess", "htaccess"],
    ["...", "attachment"],
    ["-rf", "rf"],
    ["\u202Egpj.exe", "gpj.exe"],
    ['a"\r\nX: y', "a_X_ y"],
    ["日本語.txt", "日本語.txt"],
  ])("%j is displayed as %j", (filename, shown) => {
    expect(toDisplayName(filename)).toBe(shown)
  })

  test("a download header is one line of ASCII for any name", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (name) => {
        expect(contentDisposition(name)).toMatch(
          /^attachment; filename="[ -~]*"; filename\*=UTF-8''[!-~]*$/,
        )
      }),
    )
  })
})
