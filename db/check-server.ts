import type { Sql } from "./client.ts"

const versionMin = 15

/**
 * Looks at what the server told when it was connected to.
 * @throws Error that names what it lacks
 */
export function checkServer({ parameters }: Sql): void {
  const told = new Map(Object.entries(parameters))
  const version = Number.parseInt(String(told.get("server_version")), 10)
  if (version < versionMin) {
    throw new Error(
      `The PostgreSQL in DATABASE_URL is version ${version}; the Studio needs ${versionMin} or newer.`,
    )
  }
  const encoding = String(told.get("server_encoding"))
  if (encoding !== "UTF8") {
    throw new Error(
      `The database in DATABASE_URL has the encoding ${encoding}, which cannot hold every text: ` +
        "create one with ENCODING 'UTF8' TEMPLATE template0.",
    )
  }
  if (told.get("in_hot_standby") === "on") {
    throw new Error("The PostgreSQL in DATABASE_URL is a standby, which takes no writes.")
  }
}
