export { handleRequest as DELETE } from "#lib/http/handle-request.ts"
