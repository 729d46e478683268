/** The address of this page that leads to an event of the conversation. */
export function linkToSeq(seq: number | undefined): string {
  const url = new URL(window.location.href)
  url.hash = seq === undefined ? "" : String(seq)
  return url.href
}
