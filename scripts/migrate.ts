import { explainFailure } from "./explain-failure.ts"
import { withInstallation } from "./open-installation.ts"

// Opening an installation migrates and seeds it.
await withInstallation(async () => console.log("The database is up to date.")).catch(explainFailure)
