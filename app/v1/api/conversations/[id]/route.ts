export {
  handleRequest as GET,
  handleRequest as PATCH,
  handleRequest as DELETE,
} from "#lib/http/handle-request.ts"
