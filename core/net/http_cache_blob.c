#include "net/http_cache_blob.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

static const char MAGIC[8] = "f1pdhc1";

struct head {
	char magic[8];
	uint32_t crc; /* of all that follows it */
	uint32_t status;
	uint8_t key[HTTP_CACHE_KEY];
	int64_t t_utc_ns, max_age_ms;
	uint64_t headers_bytes, body_bytes;
};
#define CRC_FROM (offsetof(struct head, crc) + sizeof(uint32_t))

static uint32_t checksum(const uint8_t *blob, size_t n)
{
	return (uint32_t)crc32_z(crc32_z(0, NULL, 0), blob + CRC_FROM, n - CRC_FROM);
}

uint8_t *http_cache_blob_make(const struct http_cache_entry *e, const uint8_t key[HTTP_CACHE_KEY], size_t max, size_t *n)
{
	struct head h = {.status = e->status, .t_utc_ns = e->t_utc_ns, .max_age_ms = e->max_age_ms,
		.headers_bytes = e->headers.used, .body_bytes = e->body_bytes};
	uint8_t *blob;

	if (e->body_bytes > max || sizeof(h) + e->headers.used + e->body_bytes > max)
		return NULL;
	*n = sizeof(h) + e->headers.used + (size_t)e->body_bytes;
	blob = malloc(*n);
	if (!blob)
		return NULL;
	memcpy(h.magic, MAGIC, sizeof(h.magic));
	memcpy(h.key, key, sizeof(h.key));
	memcpy(blob, &h, sizeof(h));
	if (e->headers.used)
		memcpy(blob + sizeof(h), e->headers.text, e->headers.used);
	if (e->body_bytes)
		memcpy(blob + sizeof(h) + e->headers.used, e->body, (size_t)e->body_bytes);
	h.crc = checksum(blob, *n);
	memcpy(blob, &h, sizeof(h));
	return blob;
}

bool http_cache_blob_read(const uint8_t *blob, size_t n, const uint8_t key[HTTP_CACHE_KEY], struct http_cache_entry *out)
{
	struct head h;

	*out = (struct http_cache_entry){0};
	if (n < sizeof(h))
		return false;
	memcpy(&h, blob, sizeof(h));
	if (memcmp(h.magic, MAGIC, sizeof(h.magic)) != 0 || memcmp(h.key, key, sizeof(h.key)) != 0 ||
		h.headers_bytes > HTTP_HEADERS_BYTES_MAX || h.body_bytes != n - sizeof(h) - h.headers_bytes ||
		n - sizeof(h) < h.headers_bytes || h.crc != checksum(blob, n))
		return false;
	out->status = h.status;
	out->t_utc_ns = h.t_utc_ns;
	out->max_age_ms = h.max_age_ms;
	out->body_bytes = h.body_bytes;
	out->body = malloc((size_t)h.body_bytes + 1);
	if (!out->body || !http_headers_from_text(&out->headers, (const char *)blob + sizeof(h), (size_t)h.headers_bytes)) {
		http_cache_entry_finish(out);
		return false;
	}
	memcpy(out->body, blob + sizeof(h) + h.headers_bytes, (size_t)h.body_bytes);
	out->body[h.body_bytes] = '\0';
	return true;
}
