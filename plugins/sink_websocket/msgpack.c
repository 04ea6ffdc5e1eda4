/*
 * msgpack.c - see msgpack.h.
 */
#include "msgpack.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "helpers/json_reader.h"

enum {
	MAP_16 = 0xde,
	ARRAY_16 = 0xdc,
	NIL = 0xc0,
	FALSE = 0xc2,
	TRUE = 0xc3,
	FLOAT_64 = 0xcb,
	UINT_64 = 0xcf,
	INT_64 = 0xd3,
	STR_8 = 0xd9,
	STR_16 = 0xda,
	STR_32 = 0xdb,
	FIX_STR = 0xa0
};

struct packer {
	uint8_t *bytes;
	size_t n, cap;
	struct level {
		size_t at; /* of its count, two bytes */
		uint32_t count;
		bool map;
	} levels[F1P_JSON_MAX_DEPTH + 1];
	uint32_t depth;
};

static uint8_t *room(struct packer *p, size_t n)
{
	if (p->n + n > p->cap) {
		size_t cap = p->cap ? p->cap : 4096;
		while (cap < p->n + n) {
			cap *= 2;
		}
		uint8_t *bytes = realloc(p->bytes, cap);
		if (!bytes) {
			return NULL;
		}
		p->bytes = bytes;
		p->cap = cap;
	}
	p->n += n;
	return p->bytes + p->n - n;
}

static void big_endian(uint8_t *out, uint64_t v, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++) {
		out[i] = (uint8_t)(v >> (8 * (bytes - 1 - i)) & 0xff);
	}
}

static bool put(struct packer *p, uint8_t head, uint64_t v, size_t bytes)
{
	uint8_t *out = room(p, 1 + bytes);
	if (!out) {
		return false;
	}
	out[0] = head;
	big_endian(out + 1, v, bytes);
	return true;
}

/* A value of the innermost list; of a map the keys count. */
static bool counted(struct packer *p)
{
	if (p->depth > 0 && !p->levels[p->depth - 1].map) {
		p->levels[p->depth - 1].count++;
	}
	return true;
}

static bool begin(struct packer *p, uint8_t head, bool map)
{
	if (p->depth > F1P_JSON_MAX_DEPTH || !counted(p) || !put(p, head, 0, 2)) {
		return false;
	}
	p->levels[p->depth++] = (struct level){.at = p->n - 2, .map = map};
	return true;
}

static bool end(struct packer *p)
{
	const struct level *l = &p->levels[--p->depth];
	big_endian(p->bytes + l->at, l->count, 2);
	return l->count <= UINT16_MAX;
}

static bool text(struct packer *p, const char *s, size_t n)
{
	bool headed = n < 32		? put(p, (uint8_t)(FIX_STR | n), 0, 0)
		      : n <= UINT8_MAX	? put(p, STR_8, n, 1)
		      : n <= UINT16_MAX ? put(p, STR_16, n, 2)
					: put(p, STR_32, n, 4);
	uint8_t *out = headed ? room(p, n) : NULL;
	if (out && n) {
		memcpy(out, s, n);
	}
	return out != NULL;
}

static bool on_obj_begin(void *ctx)
{
	return begin(ctx, MAP_16, true);
}

static bool on_arr_begin(void *ctx)
{
	return begin(ctx, ARRAY_16, false);
}

static bool on_end(void *ctx)
{
	return end(ctx);
}

static bool on_key(void *ctx, const char *s, size_t n)
{
	struct packer *p = ctx;
	p->levels[p->depth - 1].count++;
	return text(p, s, n);
}

static bool on_str(void *ctx, const char *s, size_t n)
{
	return counted(ctx) && text(ctx, s, n);
}

static bool on_boolean(void *ctx, bool v)
{
	return counted(ctx) && put(ctx, v ? TRUE : FALSE, 0, 0);
}

static bool on_null(void *ctx)
{
	return counted(ctx) && put(ctx, NIL, 0, 0);
}

static bool put_float(struct packer *p, const char *number)
{
	double v = strtod(number, NULL);
	uint64_t bits;
	memcpy(&bits, &v, sizeof(bits));
	return put(p, FLOAT_64, bits, 8);
}

static bool put_whole(struct packer *p, const char *number)
{
	errno = 0;
	if (number[0] == '-') {
		long long v = strtoll(number, NULL, 10);
		if (errno) {
			return put_float(p, number);
		}
		return v >= -32		? put(p, (uint8_t)(v & 0xff), 0, 0)
		       : v >= INT32_MIN ? put(p, 0xd2, (uint64_t)v & UINT32_MAX, 4)
					: put(p, INT_64, (uint64_t)v, 8);
	}
	unsigned long long v = strtoull(number, NULL, 10);
	if (errno) {
		return put_float(p, number);
	}
	return v < 128		 ? put(p, (uint8_t)v, 0, 0)
	       : v <= UINT8_MAX	 ? put(p, 0xcc, v, 1)
	       : v <= UINT16_MAX ? put(p, 0xcd, v, 2)
	       : v <= UINT32_MAX ? put(p, 0xce, v, 4)
				 : put(p, UINT_64, v, 8);
}

static bool on_num(void *ctx, const char *s, size_t n)
{
	char number[40];
	if (n >= sizeof(number)) {
		return false; /* ours are shorter */
	}
	memcpy(number, s, n);
	number[n] = '\0';
	return counted(ctx) && (strpbrk(number, ".eE") ? put_float(ctx, number) : put_whole(ctx, number));
}

struct frame *msgpack_frame(const struct frame *json)
{
	static const struct f1p_json_handler handler = {
		on_obj_begin, on_end, on_arr_begin, on_end, on_key, on_str, on_num, on_boolean, on_null};
	struct packer p = {0};
	f1p_status status = f1p_json_read(&handler, &p, frame_text(json), json->length, NULL, 0);
	struct frame *f = status == F1P_OK ? frame_create(json->topic, (const char *)p.bytes, p.n) : NULL;
	free(p.bytes);
	return f;
}
