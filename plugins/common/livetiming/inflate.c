/*
 * inflate.c - see inflate.h. Buffers and the zlib stream are kept, so that the steady state allocates nothing.
 */
#include "inflate.h"

#include <helpers/base64.h>
#include <stdlib.h>
#include <zlib.h>

#define FIRST_TEXT 16384u
#define MAX_PACKED (4u << 20)

struct lt_inflater {
	z_stream z;
	unsigned char *packed;
	size_t packed_cap;
	unsigned char *text;
	size_t text_cap;
};

struct lt_inflater *lt_inflater_create(void)
{
	struct lt_inflater *f = calloc(1, sizeof(*f));

	if (f == NULL) {
		return NULL;
	}
	if (inflateInit2(&f->z, -MAX_WBITS) != Z_OK) { /* negative: raw deflate, no header */
		free(f);
		return NULL;
	}
	return f;
}

void lt_inflater_destroy(struct lt_inflater *f)
{
	if (f == NULL) {
		return;
	}
	inflateEnd(&f->z);
	free(f->packed);
	free(f->text);
	free(f);
}

static bool grow(unsigned char **p, size_t *cap, size_t wanted)
{
	unsigned char *bigger = NULL;

	if (wanted <= *cap) {
		return true;
	}
	bigger = realloc(*p, wanted);
	if (bigger == NULL) {
		return false;
	}
	*p = bigger;
	*cap = wanted;
	return true;
}

static f1p_status inflate_all(struct lt_inflater *f, size_t packed_n, size_t *text_n, const char **why)
{
	int rc = Z_OK;

	inflateReset(&f->z);
	f->z.next_in = f->packed;
	f->z.avail_in = (uInt)packed_n;
	*text_n = 0;
	while (rc != Z_STREAM_END) {
		if (*text_n == LT_MAX_INFLATED) {
			*why = "unpacks to more than 1 MB";
			return F1P_EINVAL;
		}
		if (*text_n == f->text_cap && !grow(&f->text, &f->text_cap, f->text_cap != 0 ? f->text_cap * 2 : FIRST_TEXT)) {
			*why = "out of memory";
			return F1P_ENOMEM;
		}
		f->z.next_out = f->text + *text_n;
		f->z.avail_out = (uInt)(f->text_cap - *text_n);
		rc = inflate(&f->z, Z_NO_FLUSH);
		*text_n = f->text_cap - f->z.avail_out;
		if (rc != Z_OK && rc != Z_STREAM_END) {
			*why = rc == Z_BUF_ERROR ? "deflated data is cut off" : "not raw deflate";
			return F1P_EINVAL;
		}
	}
	return F1P_OK;
}

f1p_status lt_inflate(struct lt_inflater *f, const char *base64, size_t n, const char **text, size_t *text_n, const char **why)
{
	size_t packed_n = 0;
	f1p_status status = F1P_OK;

	if (n > MAX_PACKED) {
		*why = "packed data is too large";
		return F1P_EINVAL;
	}
	if (!grow(&f->packed, &f->packed_cap, n + 1)) {
		*why = "out of memory";
		return F1P_ENOMEM;
	}
	if (!f1p_base64_decode(base64, n, '+', '/', f->packed, &packed_n)) {
		*why = "not base64";
		return F1P_EINVAL;
	}
	status = inflate_all(f, packed_n, text_n, why);
	*text = (const char *)f->text;
	return status;
}
