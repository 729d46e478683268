export { handleRequest as POST, handleRequest as GET } from "#lib/http/handle-request.ts"
