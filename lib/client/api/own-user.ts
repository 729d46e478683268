let userId = ""

/** Says whose page this is. Who signs in later, in another tab, is somebody else's cookie. */
export function setOwnUser(id: string): void {
  userId = id
}

/** With these the server refuses a request that another person's cookie came along with. */
export function ownUserHeaders(): Record<string, string> {
  return userId === "" ? {} : { "x-studio-user": userId }
}
