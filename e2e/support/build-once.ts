import { ensureBuild } from "../../tests/support/build.ts"

/** One build for all journeys, in the tests' own folder. */
export default ensureBuild
