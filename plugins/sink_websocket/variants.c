/*
 * variants.c - compressed bodies and validators: made once for each body, however many ask.
 *
 * The validator is a hash of the bytes: a 64-bit one, because nobody gains anything by a collision of two states.
 */
#include "answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#define WORTH_BYTES 1024u
#define LARGEST_KEPT ((size_t)2 << 20)
#define LARGEST_PACKED ((size_t)4 << 20) /* beyond, packing would hold everybody up */

static void drop(struct variant *v)
{
	frame_unref(v->source);
	frame_unref(v->gzip);
	memset(v, 0, sizeof(*v));
}

void variants_finish(struct variants *v)
{
	for (uint32_t i = 0; i < VARIANTS; i++) {
		drop(&v->items[i]);
	}
	v->next = 0;
}

/* Multiply and fold, eight bytes at a time. */
static uint64_t hash_bytes(const char *text, size_t n)
{
	const uint64_t prime = UINT64_C(0x9e3779b97f4a7c15);
	uint64_t h = n * prime, word;
	for (; n >= 8; text += 8, n -= 8) {
		memcpy(&word, text, 8);
		h = (h ^ word) * prime;
		h ^= h >> 32;
	}
	word = 0;
	memcpy(&word, text, n);
	h = (h ^ word) * prime;
	h ^= h >> 29;
	h *= UINT64_C(0xbf58476d1ce4e5b9);
	return h ^ h >> 32;
}

static struct variant *find(struct variants *v, struct frame *body)
{
	for (uint32_t i = 0; i < VARIANTS; i++) {
		if (v->items[i].source == body) {
			return &v->items[i];
		}
	}
	uint64_t hash = hash_bytes(frame_text(body), body->length);
	for (uint32_t i = 0; i < VARIANTS; i++) {
		if (v->items[i].length == body->length && v->items[i].hash == hash && v->items[i].length) {
			return &v->items[i];
		}
	}
	struct variant *item = &v->items[v->next++ % VARIANTS];
	drop(item);
	item->hash = hash;
	item->length = body->length;
	if (body->refs > 1 && body->length <= LARGEST_KEPT) { /* somebody keeps it, so it will be asked for again */
		item->source = frame_ref(body);
	}
	return item;
}

void variants_etag(struct variants *v, const struct answer *a, char out[ETAG_TEXT])
{
	uint64_t version = a->version ? a->version : find(v, a->body)->hash;
	snprintf(out, ETAG_TEXT, "W/\"%016llx\"", (unsigned long long)version);
}

static bool compressible(const char *content_type)
{
	return strncmp(content_type, "text/", 5) == 0 || strstr(content_type, "json") || strstr(content_type, "javascript") ||
	       strstr(content_type, "xml");
}

static struct frame *compress_body(const struct frame *body)
{
	z_stream z = {0};
	struct frame *f = NULL;
	if (deflateInit2(&z, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
		return NULL;
	}
	uLong bound = deflateBound(&z, body->length);
	Bytef *out = malloc(bound);
	if (out) {
		z.next_in = (Bytef *)(uintptr_t)frame_text(body);
		z.avail_in = (uInt)body->length;
		z.next_out = out;
		z.avail_out = (uInt)bound;
		if (deflate(&z, Z_FINISH) == Z_STREAM_END && z.total_out < body->length) {
			f = frame_create(0, (const char *)out, z.total_out);
		}
	}
	free(out);
	deflateEnd(&z);
	return f;
}

struct frame *variants_gzip(struct variants *v, struct frame *body, const char *content_type)
{
	if (body->length < WORTH_BYTES || body->length > LARGEST_PACKED || !compressible(content_type)) {
		return NULL;
	}
	if (body->length > LARGEST_KEPT) {
		return compress_body(body);
	}
	struct variant *item = find(v, body);
	if (!item->gzip) {
		item->gzip = compress_body(body);
	}
	return item->gzip ? frame_ref(item->gzip) : NULL;
}

bool variants_match(const char *if_none_match, const char *etag)
{
	const char *value = strchr(etag, '"');
	for (const char *p = if_none_match; *p; p += *p == ',') {
		p += strspn(p, " \t");
		size_t n = strcspn(p, ",");
		const char *one = strncmp(p, "W/", 2) == 0 ? p + 2 : p;
		if (*p == '*' || strncmp(one, value, strlen(value)) == 0) {
			return true;
		}
		p += n;
	}
	return false;
}
