export { handleRequest as PATCH } from "#lib/http/handle-request.ts"
