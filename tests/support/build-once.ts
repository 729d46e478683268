import { ensureBuild } from "./build.ts"

/** One build for all servers of a run; takes a minute after changes. */
export default ensureBuild
