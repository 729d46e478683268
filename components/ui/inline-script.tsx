import { headers } from "next/headers"

/** A script that runs while the page is still arriving, with the nonce that the page's policy asks for. */
export async function InlineScript({ code }: { code: string }) {
  const policy = (await headers()).get("content-security-policy") ?? ""
  const nonce = /'nonce-([^']+)'/.exec(policy)?.[1]
  return (
    <script nonce={nonce} suppressHydrationWarning dangerouslySetInnerHTML={{ __html: code }} />
  )
}
