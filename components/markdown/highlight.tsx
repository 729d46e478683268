import { toJsxRuntime } from "hast-util-to-jsx-runtime"
import { createLowlight, type LanguageFn } from "lowlight"
import type { ReactNode } from "react"
import { Fragment, jsx, jsxs } from "react/jsx-runtime"

const lowlight = createLowlight()

/** Highlights code into elements with one class per token kind. */
export function highlight(code: string, id: string, grammar: LanguageFn): ReactNode {
  if (!lowlight.registered(id)) lowlight.register(id, grammar)
  return toJsxRuntime(lowlight.highlight(id, code), { Fragment, jsx, jsxs })
}
