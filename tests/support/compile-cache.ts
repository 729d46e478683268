import path from "node:path"

/** Test processes start often: they share compiled code. */
export const compileCache = {
  NODE_COMPILE_CACHE: path.join(import.meta.dirname, "../../node_modules/.cache/compile"),
}
