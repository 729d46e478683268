export { handleRequest as GET } from "#lib/http/handle-request.ts"
