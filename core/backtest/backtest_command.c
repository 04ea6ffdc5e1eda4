#include "backtest/backtest_command.h"

#include "backtest/model_write.h"
#include "backtest/walk_report.h"
#include "base/log.h"
#include "helpers/encode.h"
#include "helpers/rng.h"
#include "loop/vclock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WHO "backtest"
/* The members' forecasts, for those who learn from them: from so many seasons before the first that is scored; train: from so many after
 * the first of the history, and scored from so many later. */
#define BURN_IN_SEASONS 6
#define TRAIN_AFTER_SEASONS 2
#define TRAIN_SCORES_AFTER_SEASONS 2

/* All that a walk needs. */
struct run {
	struct walk_options walk;
	struct past *past;
	struct model_file *model;
	struct members *members;
	struct recordings *recordings;
	struct walk_result *result;
	FILE *forecasts;
	int64_t begin_ns;
};

static void say(void *arg, const char *line)
{
	(void)arg;
	fprintf(stderr, "%s\n", line);
}

/* Of all bits of the odds: the decimals of the JSON hide the last ones. */
static uint64_t hash_of(const struct f1p_forecast *f)
{
	uint64_t hash = f->n_cars;

	for (uint32_t i = 0; i < f->n_cars; i++)
		for (uint32_t k = 0; k < f->n_cars; k++) {
			uint64_t bits;
			memcpy(&bits, &f->cars[i].p_position[k], sizeof(bits));
			hash = f1p_mix64(hash ^ bits) + k;
		}
	return hash;
}

static void write_forecast(void *arg, int32_t race_id, int phase, const char *model, int32_t lap, const struct f1p_state *s,
	const struct f1p_forecast *f)
{
	struct run *r = arg;
	struct f1p_json j;
	char hash[24];

	f1p_json_init(&j);
	f1p_json_object(&j);
	f1p_json_key(&j, "race_id");
	f1p_json_int(&j, race_id);
	f1p_json_key(&j, "phase");
	f1p_json_str(&j, phase ? walk_phase_name(phase) : "lap");
	f1p_json_key(&j, "lap");
	f1p_json_int(&j, lap);
	f1p_json_key(&j, "model");
	f1p_json_str(&j, model);
	f1p_json_key(&j, "hash");
	snprintf(hash, sizeof(hash), "%016llx", (unsigned long long)hash_of(f));
	f1p_json_str(&j, hash);
	f1p_json_key(&j, "forecast");
	f1p_encode_forecast(&j, f, s);
	f1p_json_end(&j);
	const char *text = f1p_json_text(&j, NULL);
	if (text)
		fprintf(r->forecasts, "%s\n", text);
	f1p_json_finish(&j);
}

/* ---- options ---- */

/* 0 if there is no text; -1 if it is no number in the range. */
static int32_t parse_number(const char *text, int32_t low, int32_t high)
{
	char *end;

	if (!text)
		return 0;
	long v = strtol(text, &end, 10);
	return end == text || *end || v < low || v > high ? -1 : (int32_t)v;
}

static bool parse_phases(const char *list, uint32_t *out)
{
	*out = 0;
	for (const char *at = list; at && *at;) {
		size_t n = strcspn(at, ",");
		int phase = walk_phase_of_name(at, n);
		if (!phase) {
			fprintf(stderr, "f1pd: --only takes phases: pre_qualifying, lights_out, d10, d25, d50, d75, d90, qualifying, sprint,"
				" q1_start, q1_d25, q1_d50, q1_d75, q1_d90, q2_..., q3_...\n");
			return false;
		}
		*out |= 1u << phase;
		at += n + (at[n] == ',');
	}
	return true;
}

static bool parse_options(const struct backtest_options *o, struct walk_options *w)
{
	*w = (struct walk_options){.from = parse_number(o->from, 1950, 2999),
		.to = parse_number(o->to, 1950, 2999),
		.burn_in = parse_number(o->burn_in, 1950, 2999),
		.until = parse_number(o->until, 195001, 299999),
		.workers = o->workers,
		.learn = o->walk_forward,
		.progress = say};
	if (w->from < 0 || w->to < 0 || w->burn_in < 0 || w->until < 0) {
		fprintf(stderr, "f1pd: --from, --to and --burn-in take a season such as 2024, --until a race such as 202407\n");
		return false;
	}
	if (o->model && o->walk_forward) {
		fprintf(stderr, "f1pd: backtest takes --model or --walk-forward, not both\n");
		return false;
	}
	return parse_phases(o->only, &w->phases);
}

/* ---- a run ---- */

static void close_run(struct run *r)
{
	if (r->forecasts)
		fclose(r->forecasts);
	if (r->result)
		walk_result_finish(r->result);
	free(r->result);
	members_destroy(r->members);
	recordings_close(r->recordings);
	model_file_destroy(r->model);
	past_destroy(r->past);
}

static bool open_run(struct run *r, const struct backtest_options *o)
{
	struct members_options mo = {.config_dir = o->config_dir, .plugin_dir = o->plugin_dir, .set = o->set, .n_set = o->n_set};
	char err[512] = "out of memory";

	r->begin_ns = vclock_mono_ns();
	r->result = calloc(1, sizeof(*r->result));
	if (o->model)
		r->model = model_file_open(o->model, err, sizeof(err));
	if (r->result && (r->model || !o->model))
		r->past = past_load(o->history_dir, say, NULL, err, sizeof(err));
	if (r->past && o->recordings_dir) {
		r->walk.recordings = r->recordings = recordings_open(o->recordings_dir, o->plugin_dir, err, sizeof(err));
		if (r->recordings)
			fprintf(stderr, "%zu recorded races in %s\n", recordings_count(r->recordings), o->recordings_dir);
	}
	if (!r->past || (o->recordings_dir && !r->recordings)) {
		log_line(F1P_LOG_ERROR, WHO, "%s", err);
		return false;
	}
	if (o->forecasts) {
		r->forecasts = fopen(o->forecasts, "w");
		if (!r->forecasts) {
			log_line(F1P_LOG_ERROR, WHO, "%s: %s", o->forecasts, strerror(errno));
			return false;
		}
		r->walk.forecast = write_forecast;
	}
	r->walk.arg = r;
	mo.model = r->model;
	r->members = members_create(&mo, r->past);
	return r->members != NULL;
}

static double seconds(const struct run *r)
{
	return (double)(vclock_mono_ns() - r->begin_ns) / 1e9;
}

static int32_t first_season(const struct past *p)
{
	size_t n;
	const struct f1p_hist_race *races = past_races(p, &n);

	return n ? races[0].row.race_id / 100 : 0;
}

/* ---- backtest ---- */

static void warn_if_seen(const struct run *r)
{
	if (r->model && model_file_until(r->model) / 100 >= r->walk.from)
		log_line(F1P_LOG_WARN, WHO,
			"the model was fitted on races until %d, which are among those that are scored: these figures flatter it",
			model_file_until(r->model));
}

static int report(const struct run *r, const struct backtest_options *o)
{
	fprintf(stderr, "%zu races (%zu recorded), %zu forecasts in %.1f s\n", r->result->n_races, r->result->n_recorded,
		r->result->n_forecasts, seconds(r));
	if (!r->result->n_scores) {
		log_line(F1P_LOG_ERROR, WHO, "nothing was scored: %s has no race of these seasons, or nobody forecast it", o->history_dir);
		return 1;
	}
	bool ok = o->json ? walk_report_json(r->result, r->walk.from, r->walk.to, stdout) : walk_report_text(r->result, stdout);
	if (r->forecasts && (ferror(r->forecasts) || fflush(r->forecasts) != 0)) {
		log_line(F1P_LOG_ERROR, WHO, "%s: %s", o->forecasts, strerror(errno));
		ok = false;
	}
	return ok ? 0 : 1;
}

int backtest_command(const struct backtest_options *o)
{
	struct run r = {0};
	int code = 1;

	if (!parse_options(o, &r.walk))
		return 2;
	if (open_run(&r, o)) {
		if (!r.walk.burn_in)
			r.walk.burn_in = r.walk.learn && r.walk.from ? r.walk.from - BURN_IN_SEASONS : r.walk.from;
		warn_if_seen(&r);
		if (walk(r.past, r.members, &r.walk, r.result))
			code = report(&r, o);
	}
	close_run(&r);
	return code;
}

/* ---- train ---- */

/* What the forecasts of the walk were worth, each made before its race was learnt from. NULL: nothing was scored. */
static char *make_scorecard(const struct run *r, size_t *n)
{
	char *text = NULL;
	FILE *f = r->result->n_scores ? open_memstream(&text, n) : NULL;
	bool ok = f && walk_report_card(r->result, r->walk.from, r->result->last_race / 100, f);

	if (f && fclose(f) == 0 && ok) {
		*n -= text[*n - 1] == '\n';
		return text;
	}
	free(text);
	return NULL;
}

static int save(const struct run *r, const char *path)
{
	struct model_contents c = {.members = r->members, .baselines = r->walk.baselines, .until = r->result->last_race};
	char err[512] = "";

	if (!c.until) {
		log_line(F1P_LOG_ERROR, "train", "no race to learn from");
		return 1;
	}
	char *card = make_scorecard(r, &c.scorecard_n);
	c.scorecard = card;
	bool ok = model_write(&c, path, err, sizeof(err));
	free(card);
	if (!ok) {
		log_line(F1P_LOG_ERROR, "train", "%s", err);
		return 1;
	}
	fprintf(stderr, "learnt from %zu races until %d, %zu forecasts in %.1f s: %s\n", r->result->n_races, c.until,
		r->result->n_forecasts, seconds(r), path);
	return 0;
}

int train_command(const struct backtest_options *o)
{
	struct run r = {0};
	int code = 1;

	if (!parse_options(o, &r.walk))
		return 2;
	if (open_run(&r, o)) {
		if (!r.walk.burn_in)
			r.walk.burn_in = first_season(r.past) + TRAIN_AFTER_SEASONS;
		r.walk.learn = true;
		r.walk.phases = 0;
		r.walk.from = r.walk.burn_in + TRAIN_SCORES_AFTER_SEASONS;
		r.walk.baselines = baselines_create();
		if (r.walk.baselines && walk(r.past, r.members, &r.walk, r.result))
			code = save(&r, o->out);
		baselines_destroy(r.walk.baselines);
	}
	close_run(&r);
	return code;
}
