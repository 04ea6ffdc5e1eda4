/*
 * token.c - see token.h.
 */
#include "token.h"

#include <helpers/base64.h>
#include <helpers/json_reader.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NS_PER_S INT64_C(1000000000)
#define SOON_NS (24 * 3600 * NS_PER_S)
#define LAST_S INT64_C(7258118400) /* year 2200 */

/* ---- the JWT ---- */

struct claims {
	uint32_t depth;
	bool is_exp;
	int64_t exp_s;
};

static bool go_down(void *ctx)
{
	((struct claims *)ctx)->depth++;
	return true;
}

static bool go_up(void *ctx)
{
	((struct claims *)ctx)->depth--;
	return true;
}

static bool on_key(void *ctx, const char *text, size_t n)
{
	struct claims *c = ctx;

	c->is_exp = c->depth == 1 && n == 3 && memcmp(text, "exp", 3) == 0;
	return true;
}

static bool on_number(void *ctx, const char *text, size_t n)
{
	struct claims *c = ctx;
	int64_t value = 0;

	if (!c->is_exp) {
		return true;
	}
	c->is_exp = false;
	for (size_t i = 0; i < n && text[i] >= '0' && text[i] <= '9' && value <= LAST_S; i++) {
		value = value * 10 + (text[i] - '0');
	}
	c->exp_s = value;
	return true;
}

int64_t slt_token_expiry(const char *token, size_t n)
{
	static const struct f1p_json_handler handler = {.obj_begin = go_down, .obj_end = go_up, .arr_begin = go_down,
		.arr_end = go_up, .key = on_key, .num = on_number};
	const char *first = memchr(token, '.', n);
	const char *second = first != NULL ? memchr(first + 1, '.', n - (size_t)(first + 1 - token)) : NULL;
	char json[SLT_TOKEN_MAX];
	struct claims claims = {0};
	size_t json_n = 0;

	if (second == NULL || (size_t)(second - first) > SLT_TOKEN_MAX) {
		return F1P_UNKNOWN_NS;
	}
	if (!f1p_base64_decode(first + 1, (size_t)(second - first) - 1, '-', '_', (unsigned char *)json, &json_n) ||
		f1p_json_read(&handler, &claims, json, json_n, NULL, 0) != F1P_OK || claims.exp_s <= 0 || claims.exp_s > LAST_S) {
		explicit_bzero(json, sizeof(json));
		return F1P_UNKNOWN_NS;
	}
	explicit_bzero(json, sizeof(json));
	return claims.exp_s * NS_PER_S;
}

/* ---- taking one ---- */

static bool is_token_char(char c)
{
	return c > 0x20 && c < 0x7f && strchr("\"\\,;", c) == NULL;
}

/* Blanks around it are left away. False: not a token. */
static bool take(struct slt_token *t, const char *text, size_t n)
{
	while (n > 0 && (unsigned char)text[n - 1] <= 0x20) {
		n--;
	}
	while (n > 0 && (unsigned char)*text <= 0x20) {
		text++;
		n--;
	}
	if (n > SLT_TOKEN_MAX) {
		return false;
	}
	for (size_t i = 0; i < n; i++) {
		if (!is_token_char(text[i])) {
			return false;
		}
	}
	if (strlen(t->text) != n || memcmp(t->text, text, n) != 0) {
		explicit_bzero(t->text, sizeof(t->text));
		memcpy(t->text, text, n);
		t->expires_ns = slt_token_expiry(t->text, n);
		t->generation++;
		t->refused = t->told_soon = t->told_expired = false;
	}
	return true;
}

static void complain(struct slt_token *t, const char *what)
{
	if (!t->told_file) {
		t->told_file = true;
		t->host->log(t->host, F1P_LOG_WARN, "token_file %s: %s; only public topics until that is put right", t->path, what);
	}
}

static void drop(struct slt_token *t, const char *what)
{
	explicit_bzero(t->text, sizeof(t->text));
	t->expires_ns = F1P_UNKNOWN_NS;
	complain(t, what);
}

static void read_file(struct slt_token *t, int fd)
{
	char text[SLT_TOKEN_MAX + 66];
	ssize_t n = read(fd, text, sizeof(text));

	if (n < 0) {
		drop(t, strerror(errno));
	} else if ((size_t)n == sizeof(text) || !take(t, text, (size_t)n)) {
		drop(t, "what is in it is no token: one line of at most 4096 characters without blanks");
	} else if (t->text[0] == '\0') {
		drop(t, "it is empty");
	} else {
		t->told_file = false;
	}
	explicit_bzero(text, sizeof(text));
}

/* The file is opened only if it has changed. */
static void look_at_file(struct slt_token *t)
{
	struct stat st;
	int64_t stamp_ns = 0;
	int fd = -1;

	if (stat(t->path, &st) != 0) {
		t->file_bytes = -1;
		drop(t, strerror(errno));
		return;
	}
	stamp_ns = st.st_mtim.tv_sec * NS_PER_S + st.st_mtim.tv_nsec;
	if (stamp_ns == t->file_stamp_ns && st.st_size == t->file_bytes) {
		return;
	}
	t->file_stamp_ns = stamp_ns;
	t->file_bytes = st.st_size;
	t->told_file = false;
	fd = S_ISREG(st.st_mode) ? open(t->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1;
	if (fd < 0) {
		drop(t, S_ISREG(st.st_mode) ? strerror(errno) : "it is not a file");
		return;
	}
	read_file(t, fd);
	close(fd);
}

/* ---- its life ---- */

void slt_token_init(struct slt_token *t, const struct f1p_host *host, const char *given, const char *path)
{
	*t = (struct slt_token){.host = host, .path = path, .expires_ns = F1P_UNKNOWN_NS, .file_bytes = -1};
	if (given[0] != '\0' && !take(t, given, strlen(given))) {
		host->log(host, F1P_LOG_WARN,
			"token: what was given is no token (one word of at most 4096 characters): only public topics");
	}
}

void slt_token_finish(struct slt_token *t)
{
	explicit_bzero(t->text, sizeof(t->text));
}

static void warn_of_end(struct slt_token *t, int64_t now_ns)
{
	const char *how = t->path[0] != '\0' ? "put a new one into token_file" : "configure a new one";

	if (t->text[0] == '\0' || t->expires_ns == F1P_UNKNOWN_NS || now_ns == F1P_UNKNOWN_NS) {
		return;
	}
	if (now_ns >= t->expires_ns) {
		if (!t->told_expired) {
			t->told_expired = true;
			t->host->log(t->host, F1P_LOG_WARN, "the token has expired: %s; until then only public topics", how);
		}
	} else if (t->expires_ns - now_ns < SOON_NS && !t->told_soon) {
		t->told_soon = true;
		t->host->log(t->host, F1P_LOG_WARN, "the token expires in %lld min: %s",
			(long long)((t->expires_ns - now_ns) / NS_PER_S / 60), how);
	}
}

void slt_token_refresh(struct slt_token *t, int64_t now_ns)
{
	if (t->path[0] != '\0') {
		look_at_file(t);
	}
	warn_of_end(t, now_ns);
}

const char *slt_token_usable(const struct slt_token *t, int64_t now_ns)
{
	bool expired = t->expires_ns != F1P_UNKNOWN_NS && now_ns != F1P_UNKNOWN_NS && now_ns >= t->expires_ns;

	return t->refused || expired ? "" : t->text;
}

bool slt_token_is_wanted(const struct slt_token *t)
{
	return t->path[0] != '\0' || t->text[0] != '\0';
}
