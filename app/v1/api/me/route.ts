export { handleRequest as GET, handleRequest as PATCH } from "#lib/http/handle-request.ts"
