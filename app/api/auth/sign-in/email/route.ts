export { handleRequest as POST } from "#lib/http/handle-request.ts"
