#include "source.h"

#include <helpers/json_reader.h>
#include <row.h>
#include <stdio.h>
#include <string.h>

#define EARLY_NS (300 * NS_PER_S)
#define RETRY_NS (10 * NS_PER_S)
#define RETRY_MAX_NS (300 * NS_PER_S)
#define REFUSED_NS (900 * NS_PER_S)
#define LIFE_S 3600

bool token_is_wanted(const struct of_source *src)
{
	return src->cfg.username[0] != '\0';
}

bool token_is_valid(const struct of_source *src)
{
	return src->token.access[0] != '\0' && of_real_ns(src) < src->token.t_expires_ns;
}

bool token_header(const struct of_source *src, char *out, size_t size)
{
	int n = snprintf(out, size, "Bearer %s", src->token.access);

	return token_is_valid(src) && n > 0 && (size_t)n < size;
}

void token_rejected(struct of_source *src)
{
	if (src->token.request == 0 && src->token.failures == 0) {
		src->token.t_renew_ns = of_real_ns(src);
		src->token.failures = 1; /* once: if the next one is no better, the pace of failures rules */
	}
}

/* ---- the reply ---- */

struct reply {
	int depth;
	enum { NO_FIELD, ACCESS, EXPIRES } field;
	char access[OF_TOKEN_MAX];
	int64_t life_s;
};

static bool on_key(void *ctx, const char *text, size_t n)
{
	struct reply *r = ctx;

	r->field = n == 12 && memcmp(text, "access_token", 12) == 0 ? ACCESS
		   : n == 10 && memcmp(text, "expires_in", 10) == 0 ? EXPIRES
								    : NO_FIELD;
	return true;
}

static bool on_number(void *ctx, const char *text, size_t n)
{
	struct reply *r = ctx;

	if (r->field == EXPIRES && !of1_parse_decimal(text, n, 0, 1, 30 * 86400, &r->life_s)) {
		r->life_s = LIFE_S;
	}
	return true;
}

/* It goes into a header: visible characters only. */
static bool is_token(const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (text[i] < '!' || text[i] > '~') {
			return false;
		}
	}
	return n > 0 && n < OF_TOKEN_MAX - 16;
}

static bool on_text(void *ctx, const char *text, size_t n)
{
	struct reply *r = ctx;

	if (r->field == ACCESS && is_token(text, n)) {
		memcpy(r->access, text, n);
		r->access[n] = '\0';
	}
	return on_number(ctx, text, n); /* the life comes as a string */
}

static bool take_reply(struct of_source *src, const char *body, size_t n)
{
	static const struct f1p_json_handler handler = {.key = on_key, .str = on_text, .num = on_number};
	struct reply reply = {.life_s = LIFE_S};
	struct token *t = &src->token;
	int64_t early_ns = 0;

	if (f1p_json_read(&handler, &reply, body, n, NULL, 0) != F1P_OK || reply.access[0] == '\0') {
		return false;
	}
	memcpy(t->access, reply.access, sizeof(t->access));
	early_ns = reply.life_s * NS_PER_S / 2 < EARLY_NS ? reply.life_s * NS_PER_S / 2 : EARLY_NS;
	t->t_expires_ns = of_real_ns(src) + reply.life_s * NS_PER_S;
	t->t_renew_ns = t->t_expires_ns - early_ns;
	t->failures = 0;
	t->refused = false;
	t->serial++;
	return true;
}

static void on_answer(void *arg, const struct f1p_http_answer *a)
{
	struct of_source *src = arg;
	struct token *t = &src->token;
	int64_t wait_ns = RETRY_NS << (t->failures < 5 ? t->failures : 5);

	t->request = 0;
	src->in_flight--;
	src->now_ns = src->host->now_utc_ns(src->host);
	if (a->error == F1P_OK && a->status == 200 && take_reply(src, a->body, a->body_bytes)) {
		src->host->log(src->host, F1P_LOG_INFO, "OpenF1 gave an access token");
		return;
	}
	t->refused = a->error == F1P_OK && (a->status == 400 || a->status == 401 || a->status == 403);
	t->failures++;
	wait_ns = t->refused ? REFUSED_NS : wait_ns < RETRY_MAX_NS ? wait_ns : RETRY_MAX_NS;
	t->t_renew_ns = of_real_ns(src) + wait_ns;
	if (t->refused) {
		of_tell_link(src, F1P_LINK_REFUSED, "OpenF1 does not accept the account: check username and password");
	}
	src->host->log(src->host, F1P_LOG_WARN, "OpenF1 gave no access token (status %u%s%s); next try in %d s%s", a->status,
		a->reason[0] != '\0' ? ", " : "", a->reason, (int)(wait_ns / NS_PER_S),
		token_is_valid(src) ? "; the old one still serves" : "");
}

void token_step(struct of_source *src)
{
	struct token *t = &src->token;
	char body[2048] = "username=";
	char url[OF_URL_MAX];
	size_t at = strlen(body);
	struct f1p_header form = {"Content-Type", "application/x-www-form-urlencoded"};
	struct f1p_http_request request = {.size = sizeof(request),
		.flags = F1P_HTTPF_NO_RETRY,
		.method = F1P_HTTP_POST,
		.priority = F1P_HTTP_URGENT,
		.url = url,
		.headers = &form,
		.n_headers = 1,
		.max_bytes = 65536};

	if (!token_is_wanted(src) || t->request != 0 || of_real_ns(src) < t->t_renew_ns ||
		budget_ready_ns(&src->budget, of_real_ns(src)) > of_real_ns(src)) {
		return;
	}
	if (!url_encode(src->cfg.username, body + at, sizeof(body) - at)) {
		return;
	}
	at += strlen(body + at);
	at += (size_t)snprintf(body + at, sizeof(body) - at, "&password=");
	if (at >= sizeof(body) || !url_encode(src->cfg.password, body + at, sizeof(body) - at)) {
		return;
	}
	snprintf(url, sizeof(url), "%s/token", src->base_url);
	request.body = body;
	request.body_bytes = strlen(body);
	t->request = src->http->request(src->host, &request, on_answer, src);
	explicit_bzero(body, sizeof(body));
	t->t_renew_ns = of_real_ns(src) + RETRY_NS;
	if (t->request != 0) {
		src->in_flight++;
		budget_take(&src->budget, of_real_ns(src));
	}
}
