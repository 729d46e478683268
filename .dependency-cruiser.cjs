// Who may import whom; docs/architecture.md says why. `npm run check:arch` reads it.
const features = "audit|journal|live|conversations|search|agents|attachments|models|tokens"
// Small tools that every part of the server may use, and that know none of the parts.
const shared = "addresses/|batching/|failures/|lists/|timing/"
const onServer = "^(db|server\\.ts|lib/(?!protocol/|transcript/|client/))"

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: "no-cycles",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "app-is-on-top",
      severity: "error",
      from: { path: "^(components|lib|db)/" },
      to: { path: "^(app/|server\\.ts|scripts/|bench/|tests/|e2e/)" },
    },
    {
      name: "routes-call-lib-not-db",
      severity: "error",
      from: { path: "^app/" },
      to: { path: "^db/" },
    },
    {
      name: "browser-never-reaches-server",
      severity: "error",
      from: { path: "^(components|lib/(client|transcript))/" },
      to: { path: onServer, reachable: true },
    },
    {
      name: "lib-and-db-are-below-components",
      severity: "error",
      from: { path: "^(lib|db)/" },
      to: { path: "^components/" },
    },
    {
      name: "db-is-below-lib",
      severity: "error",
      from: { path: "^db/" },
      to: {
        path: "^lib/",
        pathNot: "^lib/(protocol/|settings/|env\\.ts|errors\\.ts|fold-text\\.ts|ids\\.ts)",
      },
    },
    {
      name: "protocol-is-pure",
      severity: "error",
      from: { path: "^lib/protocol/" },
      to: { pathNot: "^(lib/protocol/|node_modules/zod/)" },
    },
    {
      name: "transcript-is-pure",
      severity: "error",
      from: { path: "^lib/transcript/" },
      to: { pathNot: "^lib/(transcript|protocol)/" },
    },
    {
      // zod and the shapes would be sent to every browser.
      name: "transcript-takes-only-types-of-the-protocol",
      severity: "error",
      from: { path: "^lib/transcript/" },
      to: { path: "^lib/protocol/", dependencyTypesNot: ["type-only"] },
    },
    {
      name: "server-code-does-not-know-the-browser",
      severity: "error",
      from: { path: "^(app|db|scripts|server\\.ts|lib/(?!client/))" },
      to: { path: "^lib/client/" },
    },
    {
      name: "features-do-not-know-each-other",
      severity: "error",
      from: { path: `^lib/(${features})/` },
      to: {
        path: `^lib/(${features}|auth|turns|http|embedded)/`,
        pathNot: ["^lib/$1/", "^lib/auth/principal\\.ts$", "^lib/journal/"],
      },
    },
    {
      name: "only-live-and-turns-know-the-journal",
      severity: "error",
      from: {
        path: "^lib/(conversations|search|agents|attachments|models|tokens|auth|redis|embedded)/",
      },
      to: { path: "^lib/journal/" },
    },
    {
      name: "auth-knows-tokens-only",
      severity: "error",
      from: { path: "^lib/auth/" },
      to: { path: `^lib/(?!tokens/|protocol/|auth/|${shared})[^/]+/` },
    },
    {
      name: "sign-in-library-is-loaded-late",
      severity: "error",
      from: { pathNot: "^(lib/auth/create-auth|db/sign-in-store)\\.ts$" },
      to: {
        path: "^(lib/auth/create-auth\\.ts|db/sign-in-store\\.ts|node_modules/better-auth/)",
        dynamic: false,
        dependencyTypesNot: ["type-only"],
      },
    },
    {
      name: "routes-adapt-verbs",
      severity: "error",
      from: { path: "^lib/http/v1/" },
      to: { path: "^db/queries/", dependencyTypesNot: ["type-only"] },
    },
    {
      name: "turns-do-not-know-who-asks-over-what",
      severity: "error",
      from: { path: "^lib/turns/" },
      to: { path: "^lib/(http|auth|tokens)/", pathNot: "^lib/auth/principal\\.ts$" },
    },
    {
      name: "people-know-auth-and-agents",
      severity: "error",
      from: { path: "^lib/people/" },
      to: { path: `^lib/(?!people/|auth/|agents/|protocol/|${shared})[^/]+/` },
    },
    {
      name: "budget-and-rates-only-count",
      severity: "error",
      from: { path: "^lib/(budget|rates)/" },
      to: {
        path: `^lib/(?!budget/|rates/|redis/|protocol/|${shared})[^/]+/`,
        pathNot: "^lib/auth/principal\\.ts$",
      },
    },
    {
      name: "admin-reads-and-drives-nothing",
      severity: "error",
      from: { path: "^lib/admin/" },
      to: { path: "^lib/(turns|http|live|models|redis|embedded|budget|rates)/" },
    },
    {
      name: "shared-tools-know-no-feature",
      severity: "error",
      from: { path: `^lib/(${shared})` },
      to: {
        path: `^(db/|lib/(?!protocol/|settings/|${shared})[^/]+/)`,
      },
    },
    {
      name: "front-is-on-top",
      severity: "error",
      from: { path: "^(app|components|db|lib)/", pathNot: "^lib/front/" },
      to: { path: "^lib/front/" },
    },
    {
      name: "redis-knows-nothing-of-us",
      severity: "error",
      from: { path: "^lib/redis/" },
      to: { path: "^(lib/[^/]+/|db/)", pathNot: `^lib/(redis/|${shared})` },
    },
    {
      name: "embedded-is-for-scripts",
      severity: "error",
      from: { path: "^(app|components|lib|db|server\\.ts)", pathNot: "^lib/embedded/" },
      to: { path: "^lib/embedded/" },
    },
    {
      name: "embedded-knows-nothing-of-us",
      severity: "error",
      from: { path: "^lib/embedded/" },
      to: { path: "^(lib/[^/]+/|db/)", pathNot: "^(lib/embedded/|db/presence\\.ts$)" },
    },
    {
      name: "dependencies-are-passed-in",
      severity: "error",
      from: { path: `^lib/(${features}|turns|redis|embedded|protocol|transcript|client)/` },
      to: { path: "^lib/runtime\\.ts$" },
    },
    {
      name: "only-runtime-opens-the-database",
      severity: "error",
      // A driver shows that it lives by a lock of a connection of its own.
      from: {
        path: "^(app|components|lib)/",
        pathNot: "^lib/(runtime|turns/drive/driver-identity)\\.ts$",
      },
      to: { path: "^db/client\\.ts$", dependencyTypesNot: ["type-only"] },
    },
    {
      name: "sql-only-in-db",
      severity: "error",
      from: { path: "^(app|components|lib|scripts|server\\.ts)" },
      to: { path: "node_modules/(drizzle-orm|postgres)/" },
    },
    {
      name: "drizzle-is-loaded-in-one-file",
      severity: "error",
      from: { pathNot: "^db/drizzle\\.ts$" },
      to: { path: "node_modules/drizzle-orm/" },
    },
    {
      name: "redis-only-in-lib-redis",
      severity: "error",
      from: { path: "^(app|components|db|lib|scripts|server\\.ts)", pathNot: "^lib/redis/" },
      to: { path: "node_modules/ioredis/" },
    },
    {
      name: "model-sdk-only-in-lib-models",
      severity: "error",
      from: { path: "^(app|components|db|lib|scripts|server\\.ts)", pathNot: "^lib/models/" },
      to: { path: "node_modules/(ai|@ai-sdk)/" },
    },
    {
      name: "next-only-at-the-edge",
      severity: "error",
      from: { path: "^(db|lib)/" },
      to: { path: "node_modules/next/" },
    },
    {
      name: "everything-resolves",
      severity: "error",
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^(\\.next|next-env\\.d\\.ts)" },
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "require", "node", "default", "types"],
    },
  },
}
