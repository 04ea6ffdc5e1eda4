#define ZLIB_CONST
#include "net/http_unpack.h"

#include <stdint.h>
#include <stdlib.h>
#include <zlib.h>

struct http_unpack {
	z_stream z;
	bool complete;
	bool (*fn)(void *arg, const void *bytes, size_t n);
	void *arg;
	uint8_t out[16384];
};

struct http_unpack *http_unpack_create(bool (*fn)(void *arg, const void *bytes, size_t n), void *arg)
{
	struct http_unpack *u = calloc(1, sizeof(*u));

	if (!u || inflateInit2(&u->z, 15 + 16) != Z_OK) { /* 16: gzip and nothing else */
		free(u);
		return NULL;
	}
	u->fn = fn;
	u->arg = arg;
	return u;
}

void http_unpack_destroy(struct http_unpack *u)
{
	if (!u)
		return;
	inflateEnd(&u->z);
	free(u);
}

bool http_unpack_put(struct http_unpack *u, const void *bytes, size_t n)
{
	u->z.next_in = bytes;
	u->z.avail_in = (uInt)n;
	while (u->z.avail_in > 0 || u->z.avail_out == 0) {
		int rc;
		/* gzip files may stand one behind the other */
		if (u->complete && (u->z.avail_in == 0 || inflateReset(&u->z) != Z_OK))
			return true;
		u->complete = false;
		u->z.next_out = u->out;
		u->z.avail_out = sizeof(u->out);
		rc = inflate(&u->z, Z_NO_FLUSH);
		if (rc == Z_BUF_ERROR)
			return true; /* it wants more */
		if (rc != Z_OK && rc != Z_STREAM_END)
			return false;
		u->complete = rc == Z_STREAM_END;
		if (u->z.avail_out < sizeof(u->out) && !u->fn(u->arg, u->out, sizeof(u->out) - u->z.avail_out))
			return false;
	}
	return true;
}

bool http_unpack_complete(const struct http_unpack *u)
{
	return u->complete;
}
