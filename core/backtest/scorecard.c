#include "backtest/scorecard.h"

#include "backtest/tally.h"
#include "forecast/scorer.h"

#include <errno.h>
#include <helpers/json_reader.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RACES_MAX 4096

struct race { /* in the order of the file */
	char key[40]; /* its start */
	int32_t season, race_id;
};

struct line {
	char start[40], model[WALK_NAME_MAX];
	int32_t season, lap;
	int phase;
	bool baseline, wet, neutralised;
	struct measures measures;
	struct calibration bins[TARGETS];
};

struct reading {
	struct walk_result *result;
	struct race *races;
	size_t n_races;
	struct calibration (*bins)[TARGETS]; /* of each score: a race that comes again takes its old ones back */
	size_t cap_bins;
	bool is_baseline[WALK_MODELS_MAX];
};

/* ---- one line ---- */

static bool text_of(struct f1p_json_slice s, char *out, size_t size)
{
	if (s.n < 2 || s.text[0] != '"' || s.n - 2 >= size || memchr(s.text + 1, '\\', s.n - 2))
		return false;
	memcpy(out, s.text + 1, s.n - 2);
	out[s.n - 2] = '\0';
	return true;
}

static bool number_of(struct f1p_json_slice s, double *out)
{
	char digits[40], *end;

	if (s.n == 0 || s.n >= sizeof(digits))
		return false;
	memcpy(digits, s.text, s.n);
	digits[s.n] = '\0';
	double v = strtod(digits, &end);
	if (*end || !isfinite(v))
		return false;
	*out = v;
	return true;
}

static bool read_session(struct line *l, struct f1p_json_slice object)
{
	struct f1p_json_cutter cut;
	struct f1p_json_slice key, value;
	double year = 0;

	if (!f1p_json_cut_begin(&cut, object.text, object.n))
		return false;
	while (f1p_json_cut_next(&cut, &key, &value) == F1P_OK) {
		if (f1p_json_slice_is(key, "start"))
			text_of(value, l->start, sizeof(l->start));
		else if (f1p_json_slice_is(key, "year"))
			number_of(value, &year);
	}
	if (!(year >= 1950 && year <= 2200) && strlen(l->start) >= 4)
		year = atoi(l->start);
	l->season = (int32_t)year;
	return year >= 1950 && year <= 2200 && l->start[0];
}

/* [[bin, n, sum of p, sum of y], ...] */
static bool read_bins(struct calibration *c, struct f1p_json_slice list)
{
	struct f1p_json_cutter rows, row;
	struct f1p_json_slice one, value;

	if (!f1p_json_cut_begin(&rows, list.text, list.n))
		return false;
	while (f1p_json_cut_next(&rows, NULL, &one) == F1P_OK) {
		double v[4];
		int n = 0;
		if (!f1p_json_cut_begin(&row, one.text, one.n))
			return false;
		while (f1p_json_cut_next(&row, NULL, &value) == F1P_OK)
			if (n == 4 || !number_of(value, &v[n++]))
				return false;
		if (n != 4 || !(v[0] >= 0 && v[0] < CALIBRATION_BINS) || v[1] < 0 || v[2] < 0 || v[3] < 0)
			return false;
		c->n[(int)v[0]] += v[1];
		c->p[(int)v[0]] += v[2];
		c->y[(int)v[0]] += v[3];
	}
	return true;
}

static bool read_calibration(struct line *l, struct f1p_json_slice object)
{
	struct f1p_json_cutter cut;
	struct f1p_json_slice key, value;

	if (!f1p_json_cut_begin(&cut, object.text, object.n))
		return false;
	while (f1p_json_cut_next(&cut, &key, &value) == F1P_OK)
		for (int t = 0; t < TARGETS; t++)
			if (f1p_json_slice_is(key, target_name(t)) && !read_bins(&l->bins[t], value))
				return false;
	return true;
}

static void read_measure(struct line *l, struct f1p_json_slice key, struct f1p_json_slice value)
{
	double v;

	for (int m = 0; m < MEASURES; m++)
		if (f1p_json_slice_is(key, measure_name(m)) && number_of(value, &v))
			l->measures.v[m] = v;
}

static bool read_member(struct line *l, struct f1p_json_slice key, struct f1p_json_slice value)
{
	char word[40];
	double v;

	if (f1p_json_slice_is(key, "session"))
		return read_session(l, value);
	if (f1p_json_slice_is(key, "calibration"))
		return read_calibration(l, value);
	if (f1p_json_slice_is(key, "name"))
		return text_of(value, l->model, sizeof(l->model));
	if (f1p_json_slice_is(key, "phase")) {
		l->phase = text_of(value, word, sizeof(word)) ? walk_phase_of_name(word, strlen(word)) : 0;
		return l->phase != 0;
	}
	if (f1p_json_slice_is(key, "lap"))
		l->lap = number_of(value, &v) && v >= 0 && v < 1000 ? (int32_t)v : 0;
	else if (f1p_json_slice_is(key, "baseline"))
		l->baseline = f1p_json_slice_is(value, "true");
	else if (f1p_json_slice_is(key, "wet"))
		l->wet = f1p_json_slice_is(value, "true");
	else if (f1p_json_slice_is(key, "neutralised"))
		l->neutralised = f1p_json_slice_is(value, "true");
	else
		read_measure(l, key, value);
	return true;
}

static bool read_line(struct line *l, const char *text, size_t n)
{
	struct f1p_json_cutter cut;
	struct f1p_json_slice key, value;
	f1p_status status;

	memset(l, 0, sizeof(*l));
	for (int m = 0; m < MEASURES; m++)
		l->measures.v[m] = NAN;
	if (!f1p_json_cut_begin(&cut, text, n) || text[0] != '{')
		return false;
	while ((status = f1p_json_cut_next(&cut, &key, &value)) == F1P_OK)
		if (!read_member(l, key, value))
			return false;
	return status == F1P_END && l->season && l->phase && l->model[0];
}

/* ---- all of them ---- */

static const struct race *race_of(struct reading *r, const struct line *l)
{
	int32_t before = 0;

	for (size_t i = 0; i < r->n_races; i++) {
		if (strcmp(r->races[i].key, l->start) == 0)
			return &r->races[i];
		before += r->races[i].season == l->season;
	}
	if (r->n_races == RACES_MAX || before >= 98)
		return NULL;
	struct race *fresh = &r->races[r->n_races++];
	*fresh = (struct race){.season = l->season, .race_id = l->season * 100 + before + 1};
	snprintf(fresh->key, sizeof(fresh->key), "%s", l->start);
	return fresh;
}

static int model_of(struct reading *r, const struct line *l)
{
	size_t k = tally_model(r->result, l->model);

	if (k == r->result->n_models) {
		if (k == WALK_MODELS_MAX)
			return -1;
		snprintf(r->result->names[k], WALK_NAME_MAX, "%s", l->model);
		r->is_baseline[k] = l->baseline;
		r->result->n_models++;
	}
	return (int)k;
}

static bool make_room(struct reading *r)
{
	struct walk_result *w = r->result;

	if (w->n_scores < w->capacity && w->n_scores < r->cap_bins)
		return true;
	size_t cap = w->capacity ? 2 * w->capacity : 256;
	void *scores = realloc(w->scores, cap * sizeof(*w->scores));
	if (!scores)
		return false;
	w->scores = scores;
	void *bins = realloc(r->bins, cap * sizeof(*r->bins));
	if (!bins)
		return false;
	r->bins = bins;
	w->capacity = r->cap_bins = cap;
	return true;
}

/* The place of this race, phase and model: a result that came again replaces the first. */
static bool put_line(struct reading *r, const struct line *l)
{
	struct walk_result *w = r->result;
	const struct race *race = race_of(r, l);
	int model = race ? model_of(r, l) : -1;
	size_t at = 0;

	if (model < 0)
		return true; /* more than anybody has */
	while (at < w->n_scores && !(w->scores[at].race_id == race->race_id && w->scores[at].phase == l->phase &&
				     w->scores[at].model == model))
		at++;
	if (at == w->n_scores) {
		if (!make_room(r))
			return false;
		w->n_scores++;
	}
	w->scores[at] = (struct walk_score){.race_id = race->race_id, .lap = l->lap, .phase = (uint8_t)l->phase,
		.model = (uint8_t)model, .wet = l->wet, .neutralised = l->neutralised, .measures = l->measures};
	memcpy(r->bins[at], l->bins, sizeof(l->bins));
	return true;
}

static void add_bins(struct walk_result *w, const struct walk_score *s, const struct calibration bins[TARGETS])
{
	for (int t = 0; t < TARGETS; t++)
		for (int b = 0; b < CALIBRATION_BINS; b++) {
			struct calibration *c = &w->calibration[s->phase][s->model][t];
			c->n[b] += bins[t].n[b];
			c->p[b] += bins[t].p[b];
			c->y[b] += bins[t].y[b];
		}
}

/* Members first, then the baselines in their own order, as a walk has them. All baselines get a place, seen or not. */
static bool put_in_order(struct reading *r)
{
	struct walk_result *w = r->result;
	char names[WALK_MODELS_MAX][WALK_NAME_MAX];
	uint8_t to[WALK_MODELS_MAX] = {0};
	size_t n = 0;

	for (size_t k = 0; k < w->n_models; k++)
		if (!r->is_baseline[k]) {
			to[k] = (uint8_t)n;
			memcpy(names[n++], w->names[k], WALK_NAME_MAX);
		}
	if (n + BASELINES > WALK_MODELS_MAX)
		return false;
	w->first_baseline = n;
	for (int b = 0; b < BASELINES; b++, n++) {
		size_t k = tally_model(w, baseline_name(b));
		if (k < w->n_models)
			to[k] = (uint8_t)n;
		snprintf(names[n], WALK_NAME_MAX, "%s", baseline_name(b));
	}
	memcpy(w->names, names, sizeof(names));
	w->n_models = n;
	for (size_t i = 0; i < w->n_scores; i++)
		w->scores[i].model = to[w->scores[i].model];
	return true;
}

bool scorecard_parse(struct walk_result *w, const char *text, size_t n, size_t *bad)
{
	struct reading r = {.result = w, .races = calloc(RACES_MAX, sizeof(*r.races))};
	struct line *l = malloc(sizeof(*l));
	bool good = r.races && l;

	memset(w, 0, sizeof(*w));
	*bad = 0;
	for (const char *at = text, *end = text + n; good && at < end;) {
		const char *eol = memchr(at, '\n', (size_t)(end - at));
		size_t length = (size_t)((eol ? eol : end) - at);
		if (length && read_line(l, at, length))
			good = put_line(&r, l);
		else
			*bad += length > 0;
		at += length + 1;
	}
	good = good && put_in_order(&r);
	for (size_t i = 0; good && i < w->n_scores; i++)
		add_bins(w, &w->scores[i], r.bins[i]);
	w->n_races = r.n_races;
	w->last_race = r.n_races ? r.races[r.n_races - 1].race_id : 0;
	free(r.races);
	free(r.bins);
	free(l);
	if (!good)
		walk_result_finish(w);
	return good;
}

bool scorecard_read(struct walk_result *w, const char *path, size_t *bad, char *err, size_t err_size)
{
	FILE *f = fopen(path, "rb");
	char *text = NULL;
	long size = 0;
	bool good = false;

	if (!f && errno == ENOENT)
		return scorecard_parse(w, "", 0, bad);
	if (f && fseek(f, 0, SEEK_END) == 0 && (size = ftell(f)) >= 0 && size <= (long)SCORECARD_FILE_MAX && fseek(f, 0, SEEK_SET) == 0)
		text = malloc((size_t)size + 1);
	if (text && fread(text, 1, (size_t)size, f) == (size_t)size)
		good = scorecard_parse(w, text, (size_t)size, bad);
	if (!good)
		snprintf(err, err_size, "%s: cannot be read%s%s", path, errno ? ": " : "", errno ? strerror(errno) : "");
	free(text);
	if (f)
		fclose(f);
	return good;
}
