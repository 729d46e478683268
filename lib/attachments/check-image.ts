import { crc32 } from "node:zlib"

/** Larger pictures only serve to exhaust the memory of their decoder. */
const sideMax = 16_384
const pixelsMax = 100_000_000
const framesMax = 1_000

/**
 * Finds faults in a picture from its headers, without decoding it; null = none found.
 * @param type as determined from the bytes
 */
export function findImageFault(type: string, bytes: Uint8Array): string | null {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  switch (type) {
    case "image/png":
      return findPngFault(buffer)
    case "image/jpeg":
      return findJpegFault(buffer)
    case "image/gif":
      if (buffer.length < 13) return "is cut off"
      return findSizeFault(buffer.readUInt16LE(6), buffer.readUInt16LE(8))
    default:
      return null
  }
}

function findSizeFault(width: number, height: number): string | null {
  if (width === 0 || height === 0) return "has no size"
  if (width > sideMax || height > sideMax || width * height > pixelsMax) return "is too large"
  return null
}

/** Walks the chunks: each is whole and has its checksum, IHDR is first, IEND is there. */
function findPngFault(png: Buffer): string | null {
  let at = 8
  while (at + 12 <= png.length) {
    const length = png.readUInt32BE(at)
    const end = at + 12 + length
    if (end > png.length) return "is cut off"
    const kind = png.toString("latin1", at + 4, at + 8)
    if (crc32(png.subarray(at + 4, end - 4)) !== png.readUInt32BE(end - 4)) return "is damaged"
    if (at === 8) {
      if (kind !== "IHDR" || length !== 13) return "is damaged"
      const fault = findSizeFault(png.readUInt32BE(16), png.readUInt32BE(20))
      if (fault !== null) return fault
    }
    if (kind === "acTL" && length >= 4 && png.readUInt32BE(at + 8) > framesMax) return "is too long"
    if (kind === "IEND") return null
    at = end
  }
  return "is cut off"
}

/** Walks the segments up to the frame header. @see ITU-T T.81, annex B */
function findJpegFault(jpeg: Buffer): string | null {
  let at = 2
  while (at + 4 <= jpeg.length) {
    if (jpeg[at] !== 0xff) return "is damaged"
    const marker = jpeg[at + 1] ?? 0
    if (marker === 0xff) {
      at += 1
      continue
    }
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)
    if (isFrame) {
      if (at + 9 > jpeg.length) return "is cut off"
      return findSizeFault(jpeg.readUInt16BE(at + 7), jpeg.readUInt16BE(at + 5))
    }
    if (marker === 0xda || marker === 0xd9) return "is damaged"
    at += 2 + Math.max(2, jpeg.readUInt16BE(at + 2))
  }
  return "is cut off"
}
