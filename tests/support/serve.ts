import { registerHooks } from "node:module"

/**
 * The product's server for fault tests: real front, handlers and drivers, without pages, so that it
 * starts quickly and needs no build.
 */
const noPages = `export default () => ({
  prepare: async () => {},
  getRequestHandler: () => async (_request, response) => { response.statusCode = 404; response.end() },
  getUpgradeHandler: () => async (_request, socket) => { socket.destroy() },
  close: async () => {},
})`

registerHooks({
  resolve: (specifier, context, nextResolve) =>
    specifier === "next"
      ? {
          url: `data:text/javascript,${encodeURIComponent(noPages)}`,
          format: "module",
          shortCircuit: true,
        }
      : nextResolve(specifier, context),
})

const { env } = await import("#lib/env.ts")
const { startServer } = await import("#server.ts")

const { DATABASE_URL: databaseUrl, REDIS_URL: redisUrl } = env()
if (databaseUrl === undefined) throw new Error("DATABASE_URL is missing")
const server = await startServer({ dev: false, databaseUrl, redisUrl: redisUrl ?? null })
process.stdout.write(`listening ${server.url}\n`)
// No exit: a resource that keeps the process alive is a leak, which the test detects.
process.once("SIGTERM", () => void server.stop())
