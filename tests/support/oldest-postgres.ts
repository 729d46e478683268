/** The oldest version that the Studio takes, where Debian's package puts it. */
export const oldestPostgres = "/usr/lib/postgresql/15"
