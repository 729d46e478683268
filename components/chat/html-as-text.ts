import { defaultRemarkPlugins } from "streamdown"

interface MarkdownNode {
  type: string
  value?: string
  children?: MarkdownNode[]
}

/** Shows HTML in an answer as the characters it is made of. */
function remarkHtmlAsText() {
  return (tree: MarkdownNode) => replaceHtml(tree)
}

function replaceHtml(node: MarkdownNode): void {
  for (const child of node.children ?? []) {
    if (child.type === "html") child.type = "text"
    replaceHtml(child)
  }
}

export const htmlAsText = [...Object.values(defaultRemarkPlugins), remarkHtmlAsText]
