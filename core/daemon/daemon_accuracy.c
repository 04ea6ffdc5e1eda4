/*
 * daemon_accuracy.c - /api/v1/accuracy: what the live forecasts were worth, and what the model was worth when it was made; and for the
 * ensemble, what its members were worth this season.
 *
 * The tables take a while (bootstrap): they are made on a thread of libuv's pool, at the start and when a race was scored.
 */
#include "daemon/daemon_internal.h"

#include "backtest/member_scores.h"
#include "backtest/scorecard.h"
#include "backtest/tally.h"
#include "backtest/walk_report.h"
#include "base/log.h"

#include <stdlib.h>
#include <string.h>

struct making {
	uv_work_t work;
	struct daemon *d;
	char path[4200]; /* "": nothing is kept */
	char *text;
	size_t n;
	int32_t season; /* the newest one with scores; 0 = none */
	uint32_t n_scores;
	struct f1p_member_score scores[F1P_MEMBER_SCORES];
	char err[300];
};

static bool put_scorecard(FILE *f, struct making *m)
{
	struct walk_result *card = calloc(1, sizeof(*card));
	int32_t first;
	size_t bad;
	bool good = card && (m->path[0] ? scorecard_read(card, m->path, &bad, m->err, sizeof(m->err)) : scorecard_parse(card, "", 0, &bad));

	if (good) {
		tally_seasons(card, &first, &m->season);
		m->n_scores = member_scores_of(card, m->season, m->scores);
		good = walk_report_json(card, 0, 0, f);
		walk_result_finish(card);
	}
	free(card);
	return good;
}

/* [any] {"live": {...}, "backtest": {...} or null, "model": version or null} */
static void make(uv_work_t *work)
{
	struct making *m = work->data;
	size_t n = 0;
	const char *card = m->d->model ? model_file_fragment(m->d->model, MODEL_SCORECARD, &n) : NULL;
	FILE *f = open_memstream(&m->text, &m->n);

	if (!f)
		return;
	fputs("{\"live\":", f);
	bool good = put_scorecard(f, m);
	fputs(",\"backtest\":", f);
	fwrite(card ? card : "null", 1, card ? n : 4, f);
	if (m->d->model)
		fprintf(f, ",\"model\":{\"version\":\"%s\",\"until\":%d}}", model_file_version(m->d->model), (int)model_file_until(m->d->model));
	else
		fputs(",\"model\":null}", f);
	if (fclose(f) != 0 || !good) {
		free(m->text);
		m->text = NULL;
	}
}

static void made(uv_work_t *work, int status)
{
	struct making *m = work->data;
	struct daemon *d = m->d;

	if (status == 0 && m->text) {
		daemon_store_text(d, STATUS_ACCURACY, m->text, m->n);
		d->scored_season = m->season;
		d->n_member_scores = m->n_scores;
		memcpy(d->member_scores, m->scores, sizeof(d->member_scores));
	} else if (m->err[0]) {
		log_line(F1P_LOG_WARN, "score", "%s; /api/v1/accuracy stays as it was", m->err);
	}
	free(m->text);
	d->making_accuracy = false;
	if (d->accuracy_wanted)
		daemon_refresh_accuracy(d);
	free(m);
}

void daemon_refresh_accuracy(struct daemon *d)
{
	struct making *m = d->making_accuracy ? NULL : calloc(1, sizeof(*m));

	d->accuracy_wanted = !m;
	if (!m)
		return;
	m->d = d;
	m->work.data = m;
	if (!daemon_data_path(d, "scores.jsonl", m->path, sizeof(m->path)))
		m->path[0] = '\0';
	d->making_accuracy = uv_queue_work(&d->loop, &m->work, make, made) == 0;
	if (!d->making_accuracy)
		free(m);
}

uint32_t daemon_member_scores(void *arg, const struct f1p_state *s, struct f1p_member_score *out)
{
	struct daemon *d = arg;

	/* a recording plays a race that others may have followed since */
	if (vclock_is_driven(&d->clock) || !d->scored_season || s->year != d->scored_season)
		return 0;
	memcpy(out, d->member_scores, sizeof(d->member_scores));
	return d->n_member_scores;
}
