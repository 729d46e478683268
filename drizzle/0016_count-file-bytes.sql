CREATE TABLE "file_usage" (
	"tenant_id" uuid PRIMARY KEY NOT NULL,
	"bytes" bigint NOT NULL
);
--> statement-breakpoint
CREATE FUNCTION "count_file_bytes"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	-- The length of bytes that are stored aside is known without reading them.
	IF TG_OP = 'INSERT' THEN
		INSERT INTO "file_usage" ("tenant_id", "bytes") VALUES (NEW."tenant_id", octet_length(NEW."bytes"))
		ON CONFLICT ("tenant_id") DO UPDATE SET "bytes" = "file_usage"."bytes" + EXCLUDED."bytes";
	ELSE
		UPDATE "file_usage" SET "bytes" = "bytes" - octet_length(OLD."bytes") WHERE "tenant_id" = OLD."tenant_id";
	END IF;
	RETURN NULL;
END $$;--> statement-breakpoint
LOCK TABLE "attachment_bytes" IN SHARE ROW EXCLUSIVE MODE;--> statement-breakpoint
INSERT INTO "file_usage" ("tenant_id", "bytes")
SELECT "tenant_id", sum(octet_length("bytes")) FROM "attachment_bytes" GROUP BY "tenant_id";--> statement-breakpoint
CREATE TRIGGER "file_bytes_stored" AFTER INSERT ON "attachment_bytes"
FOR EACH ROW EXECUTE FUNCTION "count_file_bytes"();--> statement-breakpoint
CREATE TRIGGER "file_bytes_gone" AFTER DELETE ON "attachment_bytes"
FOR EACH ROW EXECUTE FUNCTION "count_file_bytes"();
