export { handleRequest as GET, handleRequest as POST } from "#lib/http/handle-request.ts"
