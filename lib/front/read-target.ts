import { AppError } from "#lib/errors.ts"

/** A request target in canonical form, which the front and Next read alike. */
export interface Target {
  /** Without the query; no dot segments, no empty segments, no unnecessary percent-encoding. */
  path: string
  /** Path and query. */
  url: string
  /** The client sent the path in exactly this form. */
  isAsSent: boolean
}

const urlBytesMax = 8 * 1024
/** A path that is still encoded after this many decodings is an attempt to confuse two parsers. */
const decodingsMax = 3

const unreadable = (message: string) => new AppError("bad_request", message)

/**
 * Parses a request target, or refuses one that two parsers could read as different paths.
 * @param raw as in the request line
 * @see RFC 3986, "Path Segment Normalization" and "Percent-Encoding Normalization"
 */
export function readTarget(raw: string): Target | AppError {
  // Other forms name a host or none; only proxies receive them.
  if (!raw.startsWith("/")) return unreadable("The address must begin with a slash.")
  if (raw.length > urlBytesMax) {
    return new AppError("uri_too_long", "The address is longer than 8 KiB.")
  }
  // Parsers encode characters beyond printable ASCII differently; browsers never send a fragment.
  if (!/^[!-~]+$/.test(raw) || raw.includes("#")) {
    return unreadable("The address has characters that must be percent-encoded.")
  }
  const mark = raw.indexOf("?")
  const sent = mark < 0 ? raw : raw.slice(0, mark)
  const fault = findPathFault(sent)
  if (fault !== null) return unreadable(fault)
  const path = sent.includes("%") ? decodeUnreserved(sent) : sent
  return {
    path,
    url: path === sent ? raw : path + (mark < 0 ? "" : raw.slice(mark)),
    isAsSent: path === sent,
  }
}

function findPathFault(path: string): string | null {
  if (/\/\/|\\/.test(path)) return "The path has an empty segment or a backslash."
  if (hasDotSegment(path)) return "The path has a dot segment."
  if (!path.includes("%")) return null
  // Malformed sequences, invalid UTF-8, and overlong encodings of the characters checked below.
  if (!isDecodable(path)) return "The path is not valid percent-encoded UTF-8."
  return findEncodedFault(path)
}

/** Some parsers treat `;` as the start of a segment's parameters. */
function hasDotSegment(path: string): boolean {
  return path.includes("/.") && /\/\.\.?(?:[/;]|$)/.test(path)
}

function findEncodedFault(path: string): string | null {
  let plain = path
  for (let count = 0; count <= decodingsMax; count++) {
    if (hasDotSegment(plain)) return "The path has a dot segment."
    const decoded = decodeBytes(plain)
    if (decoded === plain) return null
    if (decoded.split("/").length !== path.split("/").length || decoded.includes("\\")) {
      return "The path has an encoded slash or backslash."
    }
    // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
    if (/[\x00-\x1f\x7f]/.test(decoded)) return "The path has control characters."
    plain = decoded
  }
  return "The path is encoded more than once."
}

function isDecodable(path: string): boolean {
  try {
    // C1 controls are two bytes each.
    return !/[\u0080-\u009f]/.test(decodeURIComponent(path))
  } catch (error) {
    if (error instanceof URIError) return false
    throw error
  }
}

/** Decodes once, byte by byte; malformed percent sequences stay. */
function decodeBytes(text: string): string {
  return text.replace(/%([0-9a-f]{2})/gi, (_all, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  )
}

/** Decodes letters, digits, `-`, `.`, `_` and `~`, which mean the same in either form. */
function decodeUnreserved(path: string): string {
  return path.replace(/%(?:2[de]|3\d|4[1-9a-f]|5[0-9af]|6[1-9a-f]|7[0-9ae])/gi, (sequence) =>
    String.fromCharCode(Number.parseInt(sequence.slice(1), 16)),
  )
}
