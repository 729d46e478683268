export { handleRequest as GET, handleRequest as DELETE } from "#lib/http/handle-request.ts"
