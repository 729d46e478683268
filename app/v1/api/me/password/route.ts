export { handleRequest as PUT } from "#lib/http/handle-request.ts"
