import { createHash, randomInt, timingSafeEqual } from "node:crypto"

import { deleteFact, getOrSetFact } from "#db/queries/installation.ts"
import { hasFirstOwner, insertFirstOwner } from "#db/queries/owner.ts"
import { AppError, invalidField } from "#lib/errors.ts"
import { newId } from "#lib/ids.ts"
import type { Runtime } from "#lib/runtime.ts"

import { signInAfterwards } from "./password-sign-in.ts"
import { readEmail, readName, requireNewPassword } from "./person-fields.ts"
import { requireTry } from "./try-limit.ts"
import type { Visitor } from "./visitor.ts"

const codeFact = "setup_code"
/** No vowels and nothing that looks like something else: it is read from a log and typed. */
const codeLetters = "BCDFGHJKMNPQRSTVWXZ23456789"
const codeLength = 10

const closed = new WeakSet<Runtime>()

/** Whether the first owner may still be made: as long as there is none who can sign in. */
export async function isSetupOpen(runtime: Runtime): Promise<boolean> {
  if (closed.has(runtime)) return false
  if (!(await hasFirstOwner(runtime.db))) return true
  closed.add(runtime)
  return false
}

/**
 * Whether setup asks for the code in the server's log: whoever is not plainly on this machine has
 * to show that they can read it. A public address or a proxy that is configured means that others
 * come in. Else, beside the client's address, as everywhere, the host the browser used counts,
 * against DNS rebinding, and whatever shows a proxy nobody told us of.
 */
export function needsSetupCode(runtime: Runtime, visitor: Visitor): boolean {
  const host = visitor.headers.get("host") ?? ""
  return (
    isReachedByOthers(runtime) ||
    !visitor.cameDirectly ||
    !isLoopback(visitor.address ?? "") ||
    !URL.canParse(`http://${host}`) ||
    !isLoopback(new URL(`http://${host}`).hostname)
  )
}

/** Whether the configuration says that people come from other machines. */
function isReachedByOthers({ env }: Runtime): boolean {
  const { HOST, STUDIO_PUBLIC_URL: url, STUDIO_TRUSTED_PROXIES: proxies } = env
  return (
    !isLoopback(HOST) ||
    (url !== undefined && !(URL.canParse(url) && isLoopback(new URL(url).hostname))) ||
    proxies.kind === "list" ||
    proxies.count > 0
  )
}

/** The code that opens setup from elsewhere; the same in every process until setup is done. */
export async function getSetupCode(runtime: Runtime): Promise<string> {
  const proposed = Array.from(
    { length: codeLength },
    () => codeLetters[randomInt(codeLetters.length)],
  )
  return await getOrSetFact(runtime.db, codeFact, proposed.join(""))
}

/**
 * Says in the log how to make the first owner, when there is none yet. Called once at start. A proxy
 * may stand before any Studio, so the code is there whatever the configuration says.
 */
export async function announceSetup(runtime: Runtime): Promise<void> {
  if (!(await isSetupOpen(runtime))) return
  const code = await getSetupCode(runtime)
  const where = isReachedByOthers(runtime) ? "" : ", except in a browser on this machine,"
  runtime.log.warn(
    `Nobody has signed in yet. Setting up the owner${where} asks for this code: ${code}`,
  )
}

interface OwnerInput {
  name: string
  email: string
  password: string
  code: string | null
}

/**
 * Makes the first owner and signs them in.
 * @returns the cookies to set
 * @throws AppError setup_closed, invalid_field, rate_limited, address_taken
 */
export async function setUpOwner(
  runtime: Runtime,
  visitor: Visitor,
  input: OwnerInput,
): Promise<string[]> {
  if (!(await isSetupOpen(runtime))) throw setupClosed()
  if (needsSetupCode(runtime, visitor)) await requireCode(runtime, visitor, input.code ?? "")
  const { password } = input
  const owner = { name: readName(input.name), email: readEmail(input.email) }
  requireNewPassword(password)
  const outcome = await insertFirstOwner(runtime.db, {
    userId: newId(),
    accountId: newId(),
    ...owner,
    passwordHash: await runtime.signIn.hashPassword(password),
    address: visitor.address,
  })
  if (outcome === "closed") throw setupClosed()
  if (outcome === "taken") {
    throw new AppError("address_taken", "Somebody has an account with this e-mail already.")
  }
  await deleteFact(runtime.db, codeFact)
  runtime.log.info("the owner has been set up")
  return await signInAfterwards(runtime, visitor, { email: owner.email, password })
}

/**
 * The right code is taken whatever was tried before: everybody behind a proxy nobody told us of has
 * one address, and strangers would shut the owner out. A thousand guesses a second find one of
 * 27^10 in three thousand years, so the limit only keeps the log and the database quiet.
 */
async function requireCode(runtime: Runtime, visitor: Visitor, code: string): Promise<void> {
  if (isSame(code.trim().toUpperCase(), await getSetupCode(runtime))) return
  await requireTry(runtime, "setup_code", "", visitor.address)
  throw invalidField("code", "That is not the code in the server's log.")
}

function setupClosed(): AppError {
  return new AppError("setup_closed", "This Studio has been set up already. Sign in instead.")
}

function isSame(a: string, b: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest()
  return timingSafeEqual(digest(a), digest(b))
}

function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$|^::ffff:/g, "").toLowerCase()
  return bare === "localhost" || bare === "::1" || /^127(\.\d{1,3}){3}$/.test(bare)
}
