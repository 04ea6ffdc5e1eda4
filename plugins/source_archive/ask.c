#include "ask.h"

#include "path.h"

#include <stdio.h>
#include <string.h>

static bool send(struct ask *);

static void finish(struct ask *a, enum asked how, const struct f1p_http_answer *answer)
{
	a->id = 0;
	a->fn(a->arg, a, how, answer);
}

static bool is_absent(const struct f1p_http_answer *answer)
{
	return answer->error == F1P_OK && (answer->status == 403 || answer->status == 404 || answer->status == 410);
}

static void on_answer(void *arg, const struct f1p_http_answer *answer)
{
	struct ask *a = arg;

	a->id = 0;
	if (answer->error == F1P_OK && answer->status == 200) {
		finish(a, ASKED_GOT, answer);
		return;
	}
	if (answer->reason[0])
		snprintf(a->why, sizeof(a->why), "%s", answer->reason);
	else
		snprintf(a->why, sizeof(a->why), "%s: the server answers %u", a->path, answer->status);
	if (a->save_path && answer->error == F1P_EIO && strstr(answer->reason, a->save_path)) {
		finish(a, ASKED_LOCAL, NULL);
		return;
	}
	if (a->server == 0)
		a->absent = is_absent(answer);
	if (a->server == 0 && a->servers->url[1][0]) {
		a->server = 1;
		if (send(a))
			return;
	}
	finish(a, a->absent ? ASKED_ABSENT : ASKED_FAILED, NULL);
}

static bool send(struct ask *a)
{
	char encoded[700], url[1000];

	if (!path_encode(a->path, encoded, sizeof(encoded)))
		return false;
	snprintf(url, sizeof(url), "%s/static/%s", a->servers->url[a->server], encoded);
	struct f1p_http_request r = {.size = sizeof(r),
		.method = F1P_HTTP_GET,
		.priority = F1P_HTTP_BACKGROUND,
		.url = url,
		.max_bytes = a->max_bytes,
		.timeout_ms = a->timeout_ms,
		.fresh_ms = a->fresh_ms,
		.save_path = a->save_path};
	a->id = a->servers->http->request(a->servers->host, &r, on_answer, a);
	return a->id != 0;
}

void ask_begin(struct ask *a)
{
	a->server = 0;
	a->absent = false;
	snprintf(a->why, sizeof(a->why), "%s: the request cannot be made", a->path);
	if (!send(a))
		finish(a, ASKED_FAILED, NULL);
}

void ask_cancel(struct ask *a)
{
	if (a->id)
		a->servers->http->cancel(a->servers->host, a->id);
	a->id = 0;
}
