import { expect, test } from "vitest"

import { placeOf, readDatabaseAddress } from "#lib/settings/database-address.ts"

const plain = { hosts: ["h"], ports: [5432], tls: false, isPrimaryWanted: false }

test.each([
  ["postgres://u:p@h:1/d", { ...plain, ports: [1], user: "u", password: "p", database: "d" }],
  ["POSTGRESQL://h", plain],
  ["postgres://h/", plain],
  ["postgres://h/my%20studio", { ...plain, database: "my studio" }],
  ["postgres://u:%23%25%40%2F%3A@h", { ...plain, user: "u", password: "#%@/:" }],
  ["postgres://u:a:b@h", { ...plain, user: "u", password: "a:b" }],
  ["postgres://u:@h", { ...plain, user: "u" }],
  [
    "postgres://h?user=u&password=p%26&dbname=d",
    { ...plain, user: "u", password: "p&", database: "d" },
  ],
  ["postgres://h?application_name=x&connect_timeout=10&keepalives=1", plain],
  ["postgres://h?options=-c%20geqo%3Doff", { ...plain, options: "-c geqo=off" }],
  ["postgres://[::1]:6/d", { ...plain, hosts: ["::1"], ports: [6], database: "d" }],
  [
    "postgres://a:1,[fe80::1%25eth0]:2,c/d?target_session_attrs=primary",
    {
      ...plain,
      hosts: ["a", "fe80::1%eth0", "c"],
      ports: [1, 2, 5432],
      database: "d",
      isPrimaryWanted: true,
    },
  ],
  ["postgres://?host=a,b&port=1,2", { ...plain, hosts: ["a", "b"], ports: [1, 2] }],
  ["postgres://?host=a,b&port=7", { ...plain, hosts: ["a", "b"], ports: [7, 7] }],
  ["postgres:///d", { ...plain, hosts: ["localhost"], database: "d" }],
  ["postgres://h?sslmode=require", { ...plain, tls: { check: "nothing" } }],
  ["postgres://h?sslmode=no-verify", { ...plain, tls: { check: "nothing" } }],
  ["postgres://h?sslmode=verify-ca", { ...plain, tls: { check: "authority" } }],
  ["postgres://h?sslmode=verify-full&channel_binding=prefer", { ...plain, tls: { check: "name" } }],
  ["postgres://h?sslmode=require&sslrootcert=system", { ...plain, tls: { check: "name" } }],
  ["postgres://h?sslmode=prefer", { ...plain, tls: "prefer" }],
  ["postgres://h?ssl=true", { ...plain, tls: { check: "name" } }],
  ["postgres://h?ssl=false", plain],
])("%s", (text, address) => {
  expect(readDatabaseAddress(text)).toEqual({ value: address })
})

test.each([
  ["postgres://u:p@/d?host=/run/postgresql&sslmode=require", "/run/postgresql/.s.PGSQL.5432"],
  ["postgres:///d?host=/run/pg/&port=6", "/run/pg/.s.PGSQL.6"],
  ["postgres://%2Frun%2Fmy%20pg:7/d", "/run/my pg/.s.PGSQL.7"],
])("%s is a Unix socket, which needs no encryption", (text, socket) => {
  const address = readDatabaseAddress(text)
  if ("fault" in address) throw new Error(address.fault)
  expect(address.value).toMatchObject({ socket, hosts: [], tls: false })
  expect(placeOf(address.value)).toBe(socket)
})

test.each([
  ["mysql://u:secret@h/d", "the Studio needs PostgreSQL"],
  ["jdbc:postgresql://h/d?password=secret", "jdbc: is for Java"],
  ["host=h password=secret", "must begin with postgres://"],
  ["psql 'postgres://u:secret@h'", "must begin with postgres://"],
  ["prisma+postgres://u:secret@h", "must begin with postgres://"],
  ["postgres:h", "cannot be read"],
  ["postgres://u:secret#1@h/d", "has a # in it"],
  ["postgres://u:secret%@h/d", "has a % in it"],
  ["postgres://u:secret%ff@h/d", "has a % in it"],
  ["postgres://h?user=%ff", "has a % in it"],
  ["postgres://u:sec@ret@h/d", "cannot be read"],
  ["postgres://u:sec/ret@h/d", "cannot be read"],
  ["postgres://u:sec?ret=x@h/d", "cannot be read"],
  ["postgres://u:sec ret@h h/d", "a host that cannot be read"],
  ["postgres://h:0/d", "must have a port"],
  ["postgres://h:secret/d", "must have a port"],
  ["postgres://h?port=99999", "must have a port"],
  ["postgres://h:1:2/d", "must have a port"],
  ["postgres://h/a/b", "must have one name after the host"],
  ["postgres://h?pgbouncer=true", "pgbouncer, which is Prisma's: leave it out; drivers hold"],
  [
    "postgres://h?schema=x",
    "schema, which is Prisma's: leave it out; tables lie in the schema public",
  ],
  ["postgres://h?connection_limit=1", "connection_limit, which is Prisma's: leave it out."],
  ["postgres://h?bytea_output=escape", "a parameter that is not known: bytea_output"],
  ["postgres://h?sslmode=on", "must have an sslmode that is disable, allow"],
  [
    "postgres://h?sslmode=verify-full&sslrootcert=/nowhere",
    "sslrootcert that cannot be read (ENOENT)",
  ],
  ["postgres://h?sslmode=require&channel_binding=require", "must not have channel_binding=require"],
  ["postgres://h?target_session_attrs=standby", "must lead to a server that takes writes"],
  ["postgres://?host=/run/a,/run/b", "a host that cannot be read"],
])("%s is refused in a sentence that shows no secret", (text, fault) => {
  const address = readDatabaseAddress(text)
  const sentence = "fault" in address ? `${address.fault}.` : "taken"
  expect(sentence).toContain(fault)
  expect(sentence).not.toMatch(/secret|ret=|sec[@/?]/)
})
