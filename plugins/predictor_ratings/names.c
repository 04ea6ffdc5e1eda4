#include "names.h"

#include <stdio.h>
#include <string.h>

/* Plain letter of U+00C0..U+017F, '?' where there is none. */
static char plain_letter(uint32_t code)
{
	static const char latin1[] = "aaaaaaaceeeeiiiidnooooo?ouuuuy?saaaaaaaceeeeiiiidnooooo?ouuuuy?y";
	static const char extended[] = "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiiijjkkkllllllllll"
				       "nnnnnnnnnoooooooorrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";

	if (code >= 0xc0 && code < 0x100)
		return latin1[code - 0xc0];
	if (code >= 0x100 && code < 0x100 + sizeof(extended) - 1)
		return extended[code - 0x100];
	return '?';
}

/* The next letter as a-z, 0-9; ' ' for a separator; '?' for a letter that is none of ours; 0 at the end. */
static char next_letter(const char *text, size_t size, size_t *at)
{
	if (*at >= size || !text[*at])
		return 0;
	unsigned char c = (unsigned char)text[(*at)++];
	if (c >= 'A' && c <= 'Z')
		return (char)(c - 'A' + 'a');
	if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
		return (char)c;
	if (c < 0x80)
		return ' ';
	if ((c & 0xe0) == 0xc0 && *at < size && ((unsigned char)text[*at] & 0xc0) == 0x80)
		return plain_letter(((uint32_t)(c & 0x1f) << 6) | ((unsigned char)text[(*at)++] & 0x3f));
	return '?';
}

void names_split(struct name_tokens *out, const char *text, size_t size)
{
	size_t at = 0, used = 0;
	char c;

	memset(out, 0, sizeof(*out));
	while ((c = next_letter(text, size, &at)) != 0 && out->n < NAMES_TOKENS) {
		if (c == '?')
			continue;
		if (c != ' ') {
			if (used + 1 < NAMES_TOKEN)
				out->token[out->n][used++] = c;
		} else if (used > 0) {
			out->n++;
			used = 0;
		}
	}
	out->n += used > 0 && out->n < NAMES_TOKENS;
}

static bool has(const struct name_tokens *name, const char *token)
{
	for (uint32_t i = 0; i < name->n; i++) {
		if (strcmp(name->token[i], token) == 0)
			return true;
	}
	return false;
}

static bool shares_initial(const struct name_tokens *a, const struct name_tokens *b)
{
	for (uint32_t i = 0; i < a->n; i++) {
		for (uint32_t k = 0; k < b->n && !has(b, a->token[i]); k++) {
			if (!has(a, b->token[k]) && a->token[i][0] == b->token[k][0])
				return true;
		}
	}
	return false;
}

int names_person(const struct name_tokens *a, const struct name_tokens *b)
{
	uint32_t common = 0, long_common = 0, shorter = a->n < b->n ? a->n : b->n;

	for (uint32_t i = 0; i < a->n; i++) {
		if (has(b, a->token[i])) {
			common++;
			long_common += strlen(a->token[i]) >= 3;
		}
	}
	if (shorter > 0 && common >= shorter && (shorter > 1 || long_common > 0))
		return 4;
	if (long_common == 0)
		return 0;
	return shares_initial(a, b) ? 3 : 2;
}

/* Words that say nothing of which team it is. */
static bool is_common(const char *token)
{
	static const char *const common[] = {"f1", "team", "racing", "formula", "one", "1", "scuderia", "the", "grand", "prix"};

	for (size_t i = 0; i < sizeof(common) / sizeof(common[0]); i++) {
		if (strcmp(token, common[i]) == 0)
			return true;
	}
	return false;
}

double names_team(const struct name_tokens *a, const struct name_tokens *b)
{
	uint32_t n_a = 0, n_b = 0, common = 0;

	for (uint32_t i = 0; i < a->n; i++) {
		if (!is_common(a->token[i])) {
			n_a++;
			common += has(b, a->token[i]);
		}
	}
	for (uint32_t i = 0; i < b->n; i++)
		n_b += !is_common(b->token[i]);
	uint32_t shorter = n_a < n_b ? n_a : n_b;
	return shorter > 0 ? (double)common / (double)shorter : 0.0;
}

void names_slug(char *out, size_t size, const struct name_tokens *name)
{
	size_t used = 0;

	out[0] = '\0';
	for (uint32_t i = 0; i < name->n && used + 1 < size; i++) {
		int n = snprintf(out + used, size - used, "%s%s", i ? "_" : "", name->token[i]);
		used += n > 0 ? (size_t)n : 0;
	}
}
