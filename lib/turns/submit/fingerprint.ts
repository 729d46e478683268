import { createHash } from "node:crypto"

import type { Submission } from "./submission.ts"

/**
 * SHA-256 of a submit's meaning: text, attachments (bytes, name, type), browser session, source.
 * Excludes the key, `identity` and unknown fields, which may differ between retries.
 */
export function fingerprintOf(submission: Submission): Buffer {
  const meaning = JSON.stringify([
    submission.text,
    submission.attachments.map((file) => [
      file.sha256.toString("hex"),
      file.filename,
      file.contentType,
    ]),
    submission.browserSession,
    submission.turnSource,
  ])
  return createHash("sha256").update(meaning).digest()
}

/** The same for a nudge. */
export function fingerprintOfNudge(text: string): Buffer {
  return createHash("sha256").update(text).digest()
}
