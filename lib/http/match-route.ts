import { parseId } from "#lib/ids.ts"

import type { Params, Route } from "./route.ts"

interface Node {
  children: Map<string, Node>
  /** The child for an id, with the parameter's name. */
  idChild: Node | null
  idName: string
  byMethod: Map<string, Route>
}

export type RouteMatch =
  | { kind: "found"; route: Route; params: Params }
  /** The path exists, the method does not. */
  | { kind: "wrong_method"; allow: string }
  | { kind: "not_found" }

/** Builds a matcher over a list of routes. Segments are compared as sent, without decoding. */
export function createMatcher(
  routes: readonly Route[],
): (method: string, path: string) => RouteMatch {
  const root = emptyNode()
  for (const route of routes) insert(root, route)
  return (method, path) => {
    const params: Record<string, string> = {}
    const node = find(root, path, params)
    if (node === null || node.byMethod.size === 0) return { kind: "not_found" }
    const route = node.byMethod.get(method === "HEAD" ? "GET" : method)
    if (route === undefined) return { kind: "wrong_method", allow: allowOf(node) }
    return { kind: "found", route, params }
  }
}

function emptyNode(): Node {
  return { children: new Map(), idChild: null, idName: "", byMethod: new Map() }
}

function insert(root: Node, route: Route): void {
  let node = root
  for (const segment of route.path.split("/").slice(1)) {
    if (segment.startsWith("{")) {
      node.idChild ??= emptyNode()
      node.idName = segment.slice(1, -1)
      node = node.idChild
    } else {
      const child = node.children.get(segment) ?? emptyNode()
      node.children.set(segment, child)
      node = child
    }
  }
  node.byMethod.set(route.method, route)
}

/** Fills `params`; a malformed id matches nothing. */
function find(root: Node, path: string, params: Record<string, string>): Node | null {
  let node = root
  for (const segment of path.split("/").slice(1)) {
    const child = node.children.get(segment)
    if (child !== undefined) {
      node = child
      continue
    }
    const id = node.idChild === null ? null : parseId(segment)
    if (node.idChild === null || id === null) return null
    params[node.idName] = id
    node = node.idChild
  }
  return node
}

function allowOf(node: Node): string {
  const methods = [...node.byMethod.keys()]
  if (node.byMethod.has("GET")) methods.push("HEAD")
  return [...methods, "OPTIONS"].join(", ")
}
