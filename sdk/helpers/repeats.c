#include "helpers/repeats.h"

#include <f1pd/host.h>

#include <stddef.h>
#include <string.h>

/* How long the amount at the beginning of the text is; 0 = there is none. */
static size_t amount(const char *text)
{
	size_t n = strspn(text, "0123456789.");

	return n > 0 && text[n] == ' ' && text[n + 1] >= 'a' && text[n + 1] <= 'z' ? n : 0;
}

static uint64_t hash_of(const char *text)
{
	uint64_t h = 0xcbf29ce484222325u; /* FNV-1a */

	while (*text != '\0') {
		text += amount(text);
		h = (h ^ (unsigned char)*text) * 0x100000001b3u;
		text++;
	}
	return h;
}

int f1p_repeats_level(struct f1p_repeats *r, const char *reason)
{
	uint64_t h = reason != NULL ? hash_of(reason) : r->reason;

	if (r->count == 0 || h != r->reason) {
		*r = (struct f1p_repeats){.reason = h, .count = 1};
		return F1P_LOG_WARN;
	}
	r->count += r->count < UINT32_MAX;
	return (r->count & (r->count - 1)) == 0 ? F1P_LOG_INFO : F1P_LOG_DEBUG;
}
