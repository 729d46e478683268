import { contract } from "./contract.ts"

contract("next")
