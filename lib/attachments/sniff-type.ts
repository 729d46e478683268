/** A type that can be recognized by its first bytes. `also` = other names in use for it. */
interface Signature {
  type: string
  /** Offset and bytes (latin1); all must match. */
  marks: readonly (readonly [number, string])[]
  also?: readonly string[]
}

const office = "application/vnd.openxmlformats-officedocument."

/** Formats built on ZIP, on OLE and on ISO media share their first bytes. */
const zipFamily = [
  "application/x-zip-compressed",
  "application/java-archive",
  "application/epub+zip",
  "application/vnd.android.package-archive",
  `${office}wordprocessingml.document`,
  `${office}spreadsheetml.sheet`,
  `${office}presentationml.presentation`,
  "application/vnd.oasis.opendocument.text",
  "application/vnd.oasis.opendocument.spreadsheet",
  "application/vnd.oasis.opendocument.presentation",
]
const oleFamily = [
  "application/msword",
  "application/vnd.ms-excel",
  "application/vnd.ms-powerpoint",
  "application/vnd.ms-outlook",
]
const isoFamily = [
  "video/quicktime",
  "audio/mp4",
  "audio/x-m4a",
  "image/heic",
  "image/heif",
  "video/3gpp",
]

/** From the most to the least specific. */
const signatures: readonly Signature[] = [
  { type: "image/png", marks: [[0, "\x89PNG\r\n\x1a\n"]], also: ["image/apng"] },
  { type: "image/jpeg", marks: [[0, "\xff\xd8\xff"]], also: ["image/jpg", "image/pjpeg"] },
  { type: "image/gif", marks: [[0, "GIF87a"]] },
  { type: "image/gif", marks: [[0, "GIF89a"]] },
  {
    type: "image/webp",
    marks: [
      [0, "RIFF"],
      [8, "WEBP"],
    ],
  },
  {
    type: "audio/wav",
    marks: [
      [0, "RIFF"],
      [8, "WAVE"],
    ],
    also: ["audio/x-wav", "audio/wave"],
  },
  {
    type: "video/x-msvideo",
    marks: [
      [0, "RIFF"],
      [8, "AVI "],
    ],
    also: ["video/avi"],
  },
  { type: "image/avif", marks: [[4, "ftypavif"]] },
  { type: "video/mp4", marks: [[4, "ftyp"]], also: isoFamily },
  { type: "image/tiff", marks: [[0, "II*\0"]] },
  { type: "image/tiff", marks: [[0, "MM\0*"]] },
  { type: "application/pdf", marks: [[0, "%PDF-"]], also: ["application/x-pdf"] },
  { type: "application/zip", marks: [[0, "PK\x03\x04"]], also: zipFamily },
  { type: "application/zip", marks: [[0, "PK\x05\x06"]], also: zipFamily },
  {
    type: "application/x-ole-storage",
    marks: [[0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"]],
    also: oleFamily,
  },
  {
    type: "application/gzip",
    marks: [[0, "\x1f\x8b"]],
    also: ["application/x-gzip", "application/x-tar"],
  },
  { type: "application/x-7z-compressed", marks: [[0, "7z\xbc\xaf\x27\x1c"]] },
  {
    type: "application/vnd.rar",
    marks: [[0, "Rar!\x1a\x07"]],
    also: ["application/x-rar-compressed"],
  },
  { type: "application/x-xz", marks: [[0, "\xfd7zXZ\0"]] },
  { type: "application/x-bzip2", marks: [[0, "BZh"]], also: ["application/x-bzip"] },
  { type: "application/zstd", marks: [[0, "\x28\xb5\x2f\xfd"]] },
  {
    type: "video/webm",
    marks: [[0, "\x1a\x45\xdf\xa3"]],
    also: ["audio/webm", "video/x-matroska"],
  },
  { type: "audio/ogg", marks: [[0, "OggS"]], also: ["video/ogg", "application/ogg"] },
  { type: "audio/flac", marks: [[0, "fLaC"]], also: ["audio/x-flac"] },
  { type: "audio/mpeg", marks: [[0, "ID3"]], also: ["audio/mp3"] },
  { type: "audio/mpeg", marks: [[0, "\xff\xfb"]], also: ["audio/mp3"] },
  { type: "application/x-elf", marks: [[0, "\x7fELF"]], also: ["application/x-executable"] },
  { type: "application/wasm", marks: [[0, "\0asm"]] },
  {
    type: "application/vnd.sqlite3",
    marks: [[0, "SQLite format 3\0"]],
    also: ["application/x-sqlite3"],
  },
]

/** The acceptable declared types for these bytes, the canonical one first; null = unknown. */
export function sniffType(bytes: Uint8Array): readonly [string, ...string[]] | null {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 32))
  const found = signatures.find((signature) =>
    signature.marks.every(([at, mark]) => head.toString("latin1", at, at + mark.length) === mark),
  )
  return found === undefined ? null : [found.type, ...(found.also ?? [])]
}

const signed = new Set(signatures.map((signature) => signature.type))

/** Whether every file of this type has a signature in its first bytes. */
export function hasSignature(type: string): boolean {
  return signed.has(type) || signatures.some((signature) => signature.also?.includes(type))
}
