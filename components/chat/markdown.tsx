"use client"

import { memo, type ComponentProps } from "react"
import { defaultRehypePlugins, Streamdown, type Components } from "streamdown"

import { CodeBlock } from "./code-block.tsx"
import { HeldImage } from "./held-image.tsx"
import { htmlAsText } from "./html-as-text.ts"

/** Markdown as it comes, without raw HTML, and without asking another host for anything. */
export const Markdown = memo(function Markdown({
  text,
  isLive,
}: {
  text: string
  isLive: boolean
}) {
  return (
    <Streamdown
      className="prose"
      // One mode for all of its life: nothing may move when a turn ends.
      mode="streaming"
      parseIncompleteMarkdown={isLive}
      components={components}
      remarkPlugins={remarkPlugins}
      rehypePlugins={rehypePlugins}
      controls={false}
      linkSafety={noLinkModal}
    >
      {text}
    </Streamdown>
  )
})

const noLinkModal = { enabled: false }
const remarkPlugins = htmlAsText
// Without `raw`: HTML in the text stays text.
const rehypePlugins = [defaultRehypePlugins["sanitize"]].filter((plugin) => plugin !== undefined)

const components: Components = {
  h1: ({ children }) => <h2>{children}</h2>,
  h2: ({ children }) => <h2>{children}</h2>,
  h3: ({ children }) => <h3>{children}</h3>,
  h4: ({ children }) => <h4>{children}</h4>,
  h5: ({ children }) => <h5>{children}</h5>,
  h6: ({ children }) => <h6>{children}</h6>,
  p: (props) => <p {...own(props)} />,
  strong: (props) => <strong {...own(props)} />,
  ul: (props) => <ul {...own(props)} />,
  ol: (props) => <ol {...own(props)} />,
  li: (props) => <li {...own(props)} />,
  blockquote: (props) => <blockquote {...own(props)} />,
  hr: () => <hr />,
  sup: (props) => <sup {...own(props)} />,
  sub: (props) => <sub {...own(props)} />,
  section: (props) => <section {...own(props)} />,
  table: ({ node: _node, ...props }) => (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- wide tables scroll inside themselves
    <section className="overflow-x-auto" tabIndex={0} aria-label="Table">
      <table {...props} />
    </section>
  ),
  thead: (props) => <thead {...own(props)} />,
  tbody: (props) => <tbody {...own(props)} />,
  tr: (props) => <tr {...own(props)} />,
  th: (props) => <th {...own(props)} />,
  td: (props) => <td {...own(props)} />,
  a: ({ node: _node, href, children }) => <SafeLink href={href}>{children}</SafeLink>,
  img: ({ node: _node, src, alt }) => (
    <HeldImage src={typeof src === "string" ? src : ""} alt={alt ?? ""} />
  ),
  pre: ({ children }) => <CodeBlock>{children}</CodeBlock>,
  code: ({ node: _node, className, children }) => <code className={className}>{children}</code>,
  inlineCode: ({ children }) => <code>{children}</code>,
}

/** The element's own attributes, without the tree it came from. */
function own<T extends { node?: unknown; className?: string | undefined }>({
  node: _node,
  className: _className,
  ...props
}: T) {
  return props
}

function SafeLink({ href, children }: Pick<ComponentProps<"a">, "href" | "children">) {
  if (href === undefined || !/^(https?:|mailto:|#|\/(?!\/))/i.test(href))
    return <span>{children}</span>
  return (
    <a href={href} title={href} target="_blank" rel="noopener noreferrer nofollow">
      {children}
    </a>
  )
}
