/* daemon_score.c - where the scores of a finished race go: one line each to the log and to data_dir/scores.jsonl. */
#include "daemon/daemon_internal.h"

#include "base/log.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Until there is an engine, the scores are those of the recovered journal, written when they were news. */
static bool is_news(const struct daemon *d)
{
	return d->engine != NULL;
}

/* Simulated races and recordings are no record of how good the forecasts are: they are told, not kept. */
static void write_score(void *arg, const char *json, size_t n)
{
	struct daemon *d = arg;
	char path[4200];

	if (!is_news(d) || vclock_is_driven(&d->clock) || !daemon_data_path(d, "scores.jsonl", path, sizeof(path)))
		return;
	FILE *f = fopen(path, "a");
	bool ok = f && fwrite(json, 1, n, f) == n && fputc('\n', f) != EOF;
	if (f && fclose(f) != 0)
		ok = false;
	if (!ok)
		log_line(F1P_LOG_ERROR, "score", "%s: %s; this score is only in the log", path, strerror(errno));
	d->accuracy_wanted = true;
}

static void tell_score(void *arg, const char *line)
{
	if (is_news(arg))
		log_line(F1P_LOG_INFO, "score", "%s", line);
}

static const char *instance_name(void *arg, uint32_t id)
{
	struct daemon *d = arg;

	for (size_t i = 0; i < d->n_units; i++)
		if (d->units[i].inst->id == id)
			return d->units[i].inst->file->name;
	return NULL;
}

bool daemon_create_scorer(struct daemon *d)
{
	struct scorer_ops ops = {d, write_score, tell_score, instance_name};

	d->scorer = scorer_create(&ops);
	return d->scorer != NULL;
}

static bool matters(const struct f1p_event *ev)
{
	return ev->type == F1P_EV_FORECAST || ev->type == F1P_EV_SESSION_STATUS || ev->type == F1P_EV_FEED_RESET;
}

void daemon_recover_score(void *arg, const struct f1p_event *ev, const struct f1p_state *st)
{
	if (matters(ev))
		scorer_take(((struct daemon *)arg)->scorer, ev, st);
}

void daemon_take_scores(struct daemon *d, const struct f1p_event *first, uint32_t count)
{
	const struct f1p_event *ev = first;

	for (uint32_t i = 0; i < count; i++) {
		bool retold = ev->type == F1P_EV_FORECAST && (ev->flags & F1P_EVF_SNAPSHOT); /* of the journal, for the sinks only */
		if (matters(ev) && !retold)
			scorer_take(d->scorer, ev, engine_state(d->engine));
		ev = (const struct f1p_event *)((const uint8_t *)ev + ev->size);
	}
	if (d->accuracy_wanted)
		daemon_refresh_accuracy(d);
}
