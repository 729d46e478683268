let userId = ""

/** Sets the user of this page, because a later sign-in in another tab replaces the cookie. */
export function setOwnUser(id: string): void {
  userId = id
}

/** With these the server refuses a request that another person's cookie came along with. */
export function ownUserHeaders(): Record<string, string> {
  return userId === "" ? {} : { "x-studio-user": userId }
}
