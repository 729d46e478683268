import postgres from "postgres"
import type { TestProject } from "vitest/node"

import { migrateDatabase } from "#db/migrate.ts"
import type { OpenApiDocument } from "#lib/http/openapi-document.ts"
import { createOpenApi } from "#lib/http/openapi.ts"
import { routes } from "#lib/http/routes.ts"

import { startPostgres } from "./private-postgres.ts"
import { startRedis } from "./private-redis.ts"

declare module "vitest" {
  export interface ProvidedContext {
    /** A server on which databases may be created. */
    databaseUrl: string
    /** Name of the migrated database that tests clone. */
    templateName: string
    redisUrl: string
    /** The document that responses are checked against. */
    openApi: OpenApiDocument
  }
}

interface Services {
  databaseUrl: string
  templateName: string
  redisUrl: string
  stop(): Promise<void>
}

/** Each suite loads this module anew; shared services are attached to the process. */
const shared: typeof globalThis & {
  studioTestServices?: { users: number; ready: Promise<Services> }
} = globalThis

/** One PostgreSQL and one redis-server for all suites of a run, removed after the last one. */
export default async function shareServices(project: TestProject): Promise<() => Promise<void>> {
  const entry = (shared.studioTestServices ??= { users: 0, ready: startServices() })
  entry.users += 1
  const services = await entry.ready
  project.provide("databaseUrl", services.databaseUrl)
  project.provide("templateName", services.templateName)
  project.provide("redisUrl", services.redisUrl)
  project.provide("openApi", JSON.parse(JSON.stringify(createOpenApi(routes))))
  return async () => {
    entry.users -= 1
    if (entry.users > 0) return
    delete shared.studioTestServices
    await services.stop()
  }
}

async function startServices(): Promise<Services> {
  // oxlint-disable-next-line node/no-process-env -- the run's own setting, read once
  const given = process.env["TEST_DATABASE_URL"]
  // oxlint-disable-next-line node/no-process-env -- the run's own setting, read once
  const version = process.env["TEST_POSTGRES"] === "oldest" ? "oldest" : "embedded"
  const [server, redis] = await Promise.all([
    given === undefined ? startPostgres({ version }) : { url: given, stop: async () => {} },
    startRedis(),
  ])
  const templateName = `studio_template_${process.pid}`
  await createTemplate(server.url, templateName)
  return {
    databaseUrl: server.url,
    templateName,
    redisUrl: redis.url,
    async stop() {
      if (given !== undefined) await onServer(given, `drop database if exists ${templateName}`)
      await Promise.all([server.stop(), redis.stop()])
    },
  }
}

async function createTemplate(url: string, name: string): Promise<void> {
  await onServer(url, `drop database if exists ${name}`)
  await onServer(url, `create database ${name}`)
  const template = new URL(url)
  template.pathname = `/${name}`
  await migrateDatabase(template.href)
}

async function onServer(url: string, statement: string): Promise<void> {
  const client = postgres(url, { max: 1, onnotice: () => {} })
  try {
    await client.unsafe(statement)
  } finally {
    await client.end()
  }
}
