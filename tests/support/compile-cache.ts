import path from "node:path"

/** Processes of tests start often: each compiles only what no other has. */
export const compileCache = {
  NODE_COMPILE_CACHE: path.join(import.meta.dirname, "../../node_modules/.cache/compile"),
}
