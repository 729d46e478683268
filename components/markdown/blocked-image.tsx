import { Image as ImageIcon } from "lucide-react"

/**
 * Images of other hosts become links that show their host, since the request alone would leak the
 * view. Data URLs are rendered.
 */
export function BlockedImage({ src, alt }: { src: string; alt: string }) {
  const words = alt === "" ? "without a description" : alt
  if (/^data:image\/(?:png|jpeg|gif|webp|avif);base64,/i.test(src)) {
    // oxlint-disable-next-line nextjs/no-img-element -- there is nothing to fetch
    return <img src={src} alt={alt} className="rounded-3 max-w-full" />
  }
  const url = URL.canParse(src) ? new URL(src) : null
  if (url === null || (url.protocol !== "https:" && url.protocol !== "http:")) {
    return <span className="text-ink-3">[image: {words}]</span>
  }
  return (
    <a
      href={url.href}
      title={url.href}
      target="_blank"
      rel="noopener noreferrer nofollow"
      className="rounded-2 border-line-control bg-surface text-ui hover:bg-hover touch:min-h-11 inline-flex min-h-8 max-w-full items-center gap-2 border px-2.5 py-1 no-underline"
    >
      <ImageIcon size={16} aria-hidden className="flex-none" />
      <span className="min-w-0">
        {alt === "" ? "Image" : alt} <span className="text-ink-3">opens {url.host}</span>
      </span>
    </a>
  )
}
