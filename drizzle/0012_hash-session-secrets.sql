-- Who is signed in stays signed in: of what their cookie says the hash is looked for from now on.
UPDATE "sessions" SET "token" = encode(sha256(convert_to("token", 'UTF8')), 'hex');
