/*
 * http_server.c - the servers that we know: rate, breaker, numbers; and the file in which the rates outlive a restart:
 * lines "AUTHORITY PAUSE TAKEN TAKEN ...", see rate_save().
 */
#include "net/http_file.h"
#include "net/http_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RATES_FILE "rates"
#define RATES_BYTES_MAX (8u << 20)
#define SAVE_EVERY_MS 10000

struct http_server *http_server_get(struct http_client *c, const char *authority, char *why, size_t why_size)
{
	struct http_server **at = &c->servers, *s;
	uint32_t n = 0;

	for (; *at; at = &(*at)->next, n++)
		if (strcmp((*at)->authority, authority) == 0)
			return *at;
	s = n < HTTP_SERVERS_MAX ? calloc(1, sizeof(*s)) : NULL;
	if (!s) {
		snprintf(why, why_size, "%s: %s", authority,
			n < HTTP_SERVERS_MAX ? "no memory" : "more than 256 different servers");
		return NULL;
	}
	snprintf(s->authority, sizeof(s->authority), "%s", authority);
	breaker_init(&s->breaker);
	*at = s;
	return s;
}

void http_servers_finish(struct http_client *c)
{
	while (c->servers) {
		struct http_server *s = c->servers;
		c->servers = s->next;
		rate_finish(&s->rate);
		free(s);
	}
}

static bool rates_path(const struct http_client *c, char *path, size_t size)
{
	return c->cache_dir && snprintf(path, size, "%s/" RATES_FILE, c->cache_dir) < (int)size;
}

static void load_line(struct http_client *c, char *line)
{
	char authority[URL_AUTHORITY_MAX], why[300], *blank = strchr(line, ' ');
	struct http_server *s;

	if (!blank)
		return;
	*blank = '\0';
	if (!url_authority(line, authority) || !(s = http_server_get(c, authority, why, sizeof(why))))
		return;
	rate_restore(&s->rate, blank + 1, http_now_ns(c), c->o.utc_ns(c->o.arg));
}

void http_rates_load(struct http_client *c)
{
	char path[4400], *text, *rest = NULL;
	size_t n;

	if (!rates_path(c, path, sizeof(path)))
		return;
	text = (char *)http_file_read(path, RATES_BYTES_MAX, &n);
	if (!text)
		return;
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		load_line(c, line);
	free(text);
}

/* Appends the line of one server; false without memory. */
static bool put_line(struct http_client *c, const struct http_server *s, FILE *out)
{
	size_t size = RATE_TEXT_MAX(s->rate.n);
	char *text = malloc(size);

	if (!text)
		return false;
	if (rate_save(&s->rate, http_now_ns(c), c->o.utc_ns(c->o.arg), text, size) > 0)
		fprintf(out, "%s%s\n", s->authority, text);
	free(text);
	return true;
}

void http_rates_save(struct http_client *c)
{
	char path[4400], err[4600] = "no memory", *text = NULL;
	size_t n = 0;
	bool ok = true;
	FILE *out;

	if (!c->rates_changed || !rates_path(c, path, sizeof(path)))
		return;
	c->rates_changed = false;
	out = open_memstream(&text, &n);
	for (const struct http_server *s = c->servers; out && ok && s; s = s->next)
		ok = put_line(c, s, out);
	if (!out || fclose(out) != 0 || !ok || !http_file_write(path, text, n, err, sizeof(err)))
		http_log(c, F1P_LOG_WARN, "the rate counts cannot be kept for the next start: %.400s", err);
	free(text);
}

static void on_save(uv_timer_t *timer)
{
	http_rates_save(timer->data);
}

void http_rates_changed(struct http_client *c)
{
	c->rates_changed = true;
	if (c->cache_dir && !uv_is_active((uv_handle_t *)&c->save)) {
		uv_timer_start(&c->save, on_save, SAVE_EVERY_MS, 0);
		uv_unref((uv_handle_t *)&c->save);
	}
}

void http_client_visit(struct http_client *c, void (*fn)(void *arg, const struct http_server_view *), void *arg)
{
	int64_t now = http_now_ns(c);

	for (const struct http_server *s = c->servers; s; s = s->next) {
		struct http_server_view v = {.authority = s->authority, .breaker = breaker_name(s->breaker.state),
			.last_error = s->last_error, .requests = s->requests, .failures = s->failures, .running = s->running};
		v.owners = s->owners;
		v.silent_ms = s->silent_since_ns ? (now - s->silent_since_ns) / 1000000 : -1;
		v.paused_ms = s->rate.paused_until_ns > now ? (s->rate.paused_until_ns - now) / 1000000 : 0;
		for (const struct http_call *call = c->calls; call; call = call->next)
			v.waiting += call->server == s && call->state != CALL_RUNNING;
		fn(arg, &v);
	}
}
