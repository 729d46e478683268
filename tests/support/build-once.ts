import { ensureBuild } from "./build.ts"

/** One build for all servers of a run; it takes a minute when sources have changed. */
export default ensureBuild
