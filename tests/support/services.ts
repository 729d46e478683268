import postgres from "postgres"
import type { TestProject } from "vitest/node"

import { migrateDatabase } from "#db/migrate.ts"

import { startPostgres } from "./private-postgres.ts"
import { startRedis } from "./private-redis.ts"

declare module "vitest" {
  export interface ProvidedContext {
    /** A database of a server on which databases may be created. */
    databaseUrl: string
    /** The name of the migrated database that tests clone. */
    templateName: string
    redisUrl: string
  }
}

/** One PostgreSQL and one redis-server for a whole run; nothing of them is left when it ends. */
export default async function startServices(project: TestProject): Promise<() => Promise<void>> {
  // oxlint-disable-next-line node/no-process-env -- the run's own setting, read once
  const given = process.env["TEST_DATABASE_URL"]
  const [server, redis] = await Promise.all([
    given === undefined ? startPostgres() : { url: given, stop: async () => {} },
    startRedis(),
  ])
  const templateName = `studio_template_${process.pid}`
  await createTemplate(server.url, templateName)
  project.provide("databaseUrl", server.url)
  project.provide("templateName", templateName)
  project.provide("redisUrl", redis.url)
  return async () => {
    if (given !== undefined) await onServer(given, `drop database if exists ${templateName}`)
    await Promise.all([server.stop(), redis.stop()])
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
