import { isValidElement, type ReactNode } from "react"

/** A link that reveals its host when its text does not name it. */
export function SafeLink({ href, children }: { href: string | undefined; children?: ReactNode }) {
  const url = href !== undefined && URL.canParse(href) ? new URL(href) : null
  if (url === null || !["https:", "http:", "mailto:"].includes(url.protocol)) {
    return <span>{children}</span>
  }
  const target = url.protocol === "mailto:" ? url.pathname : url.host
  return (
    <a href={url.href} title={url.href} target="_blank" rel="noopener noreferrer nofollow">
      {children}
      {!names(textOf(children), target) && <span className="link-host">({target})</span>}
    </a>
  )
}

/**
 * Whether the text is an address of that host itself, without a user part before an @ that imitates
 * another.
 */
function names(text: string, target: string): boolean {
  const written = text.trim().toLowerCase()
  if (written === target) return true
  const address = /^https?:\/\//.test(written) ? written : `https://${written}`
  if (!URL.canParse(address)) return false
  const { host, username } = new URL(address)
  return host === target && username === ""
}

function textOf(node: ReactNode): string {
  if (typeof node === "string" || typeof node === "number") return String(node)
  if (Array.isArray(node)) return node.map(textOf).join("")
  return isValidElement<{ children?: ReactNode }>(node) ? textOf(node.props.children) : ""
}
