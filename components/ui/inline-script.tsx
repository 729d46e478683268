import { headers } from "next/headers"

/**
 * An inline script that runs while the page is still loading, with the nonce of its content
 * security policy.
 */
export async function InlineScript({ code }: { code: string }) {
  const policy = (await headers()).get("content-security-policy") ?? ""
  const nonce = /'nonce-([^']+)'/.exec(policy)?.[1]
  return (
    <script nonce={nonce} suppressHydrationWarning dangerouslySetInnerHTML={{ __html: code }} />
  )
}
