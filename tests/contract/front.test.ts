import { contract } from "./contract.ts"

contract("front")
