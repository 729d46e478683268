import type { ComponentProps } from "react"

export function ScreenReaderOnly(props: ComponentProps<"span">) {
  return <span className="sr-only" {...props} />
}
