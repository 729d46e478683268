/** Builds a link to an event of this conversation. */
export function linkToSeq(seq: number | undefined): string {
  const url = new URL(window.location.href)
  url.hash = seq === undefined ? "" : String(seq)
  return url.href
}
