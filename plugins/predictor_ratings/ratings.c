/*
 * ratings.c - predictor_ratings: what the past says about a session, before it begins. It forecasts no finishing order itself: its
 * priors enter the race state, where the other predictors find them.
 */
#include <f1pd/model.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helpers/one_plugin.h"
#include "model_params.h"
#include "outlook.h"
#include "saved.h"

#define MODEL_VERSION "1.0.0"
#define PLUGIN_ID "predictor_ratings"
#define OWN_PAST 60u /* races before the session: with fewer the model file's ratings are gone on from, if it has any */
#define ALL_TIME_NS (INT64_MAX / 2)

struct ratings_cfg {
	const char *resets;
	const char *renamed;
};

struct ratings {
	struct f1p_plugin plugin;
	const struct f1p_host *host;
	struct fold_rules rules;
	struct book book;
	struct fold fold;          /* as far as was last asked for */
	bool fold_from_saved;
	struct weekend_model model;
	struct fold saved;         /* of the model file */
	bool has_saved;
	int64_t saved_t_start_ns;  /* of its last race */
};

static const struct f1p_cfg_item options[] = {
	F1P_OPT(struct ratings_cfg, resets, F1P_CFG_STR, 0, "2014 2017 2022 2026", NULL, NULL, NULL,
		"Seasons that began with new technical rules: teams are rated anew, with more doubt."),
	F1P_OPT(struct ratings_cfg, renamed, F1P_CFG_STR, 0, "marussia>manor lotus_f1>renault sauber>alfa", NULL, NULL, NULL,
		"Constructors that went on as another one, old>new, where their drivers do not tell."),
};

static const struct f1p_descriptor descriptor = {
	.size = sizeof(descriptor),
	.kinds = F1P_KIND_PREDICTOR,
	.id = PLUGIN_ID,
	.version = MODEL_VERSION,
	.license = "MIT",
	.description = "Tells the other predictors what the past says of drivers, teams and the circuit.",
	.config = options,
	.config_count = sizeof(options) / sizeof(options[0]),
	.config_size = sizeof(struct ratings_cfg),
};

/* The next word of *text into out; false at the end. */
static bool next_word(const char **text, char *out, size_t size)
{
	*text += strspn(*text, " \t,");
	size_t n = strcspn(*text, " \t,");
	snprintf(out, size, "%.*s", (int)(n < size ? n : size - 1), *text);
	*text += n;
	return n > 0;
}

static f1p_status read_resets(struct ratings *r, const char *text)
{
	char word[16];

	r->rules.n_resets = 0;
	while (next_word(&text, word, sizeof(word))) {
		char *end;
		long year = strtol(word, &end, 10);
		if (*end || year < 1950 || year > 2200 || r->rules.n_resets >= FOLD_RESETS)
			return r->host->fail(r->host, F1P_ECONFIG, "resets: %s is no season between 1950 and 2200, or there are more than %u",
				word, FOLD_RESETS);
		r->rules.reset[r->rules.n_resets++] = (int32_t)year;
	}
	return F1P_OK;
}

static f1p_status read_renamed(struct ratings *r, const char *text)
{
	char word[72];

	r->rules.n_renamed = 0;
	while (next_word(&text, word, sizeof(word))) {
		char *to = strchr(word, '>');
		size_t n = to ? (size_t)(to - word) : 0;
		if (n < 1 || n > 31 || !to[1] || strlen(to + 1) > 31 || r->rules.n_renamed >= FOLD_RENAMED)
			return r->host->fail(r->host, F1P_ECONFIG, "renamed: %s is not like old>new, or there are more than %u", word,
				FOLD_RENAMED);
		uint32_t at = r->rules.n_renamed++;
		snprintf(r->rules.from[at], sizeof(r->rules.from[at]), "%.*s", (int)n, word);
		snprintf(r->rules.to[at], sizeof(r->rules.to[at]), "%s", to + 1);
	}
	return F1P_OK;
}

static f1p_status ratings_init(struct f1p_plugin *plugin)
{
	struct ratings *r = plugin->impl;

	book_init(&r->book, r->host);
	fold_init(&r->fold, &r->rules);
	fold_init(&r->saved, &r->rules);
	weekend_defaults(&r->model);
	return F1P_OK;
}

/* Forgets everything but the rules. */
static void forget(struct ratings *r)
{
	fold_finish(&r->fold);
	fold_finish(&r->saved);
	book_finish(&r->book);
	r->fold_from_saved = r->has_saved = false;
	weekend_defaults(&r->model);
}

static void take_fragment(struct ratings *r)
{
	struct params *p = params_of_model(r->host, PLUGIN_ID);

	if (!p)
		return;
	if (!saved_model(p, &r->model))
		r->host->log(r->host, F1P_LOG_WARN, "the model file holds no weights that this version can use: the built-in ones serve");
	r->has_saved = saved_fold(p, &r->book, &r->saved, &r->saved_t_start_ns);
	if (!r->has_saved)
		fold_finish(&r->saved);
	params_destroy(p);
}

static f1p_status ratings_configure(struct f1p_plugin *plugin, const void *cfg)
{
	struct ratings *r = plugin->impl;
	const struct ratings_cfg *c = cfg;
	f1p_status status = read_resets(r, c->resets);

	if (status == F1P_OK)
		status = read_renamed(r, c->renamed);
	if (status == F1P_OK) {
		forget(r);
		take_fragment(r);
	}
	return status;
}

static f1p_status ratings_start(struct f1p_plugin *plugin)
{
	(void)plugin;
	return F1P_OK;
}

static void ratings_stop(struct f1p_plugin *plugin)
{
	(void)plugin;
}

static void ratings_destroy(struct f1p_plugin *plugin)
{
	if (plugin) {
		forget(plugin->impl);
		free(plugin->impl);
	}
}

static f1p_status ratings_predict(struct f1p_plugin *plugin, const struct f1p_state *state, uint64_t seed, bool (*cancel)(void *),
	void *cancel_arg, struct f1p_forecast *out)
{
	(void)plugin;
	(void)state;
	(void)seed;
	(void)cancel;
	(void)cancel_arg;
	(void)out;
	return F1P_EUNSUPPORTED;
}

static uint32_t races_until(const struct book *book, uint32_t n, int32_t race_id)
{
	uint32_t at = 0;

	while (at < n && book->race[at].race_id <= race_id)
		at++;
	return at;
}

/* Whether the model file knows more than the n races of the book before t_ns. What it knows of races after t_ns is not to be used. */
static bool goes_on_from_saved(const struct ratings *r, int64_t t_ns, uint32_t n)
{
	return r->has_saved && r->saved_t_start_ns < t_ns - BOOK_PAST_NS &&
		(n < OWN_PAST || r->book.race[n - 1].race_id < r->saved.last_race);
}

/* Brings the fold to the first n races of the book. */
static f1p_status fold_up(struct ratings *r, int64_t t_ns, uint32_t n)
{
	bool from_saved = goes_on_from_saved(r, t_ns, n);
	uint32_t known = from_saved ? races_until(&r->book, n, r->saved.last_race) : 0;

	if (from_saved != r->fold_from_saved || r->fold.n_done > n || r->fold.n_done > r->book.stable || r->fold.n_done < known) {
		fold_finish(&r->fold);
		if (from_saved && !fold_copy(&r->fold, &r->saved))
			return F1P_ENOMEM;
		r->fold.n_done = known;
		r->fold_from_saved = from_saved;
	}
	r->book.stable = n;
	return fold_to(&r->fold, &r->book, n) ? F1P_OK : F1P_ENOMEM;
}

/* Every step of priors() behind the questions whether to answer at all. */
static f1p_status make_priors(struct ratings *r, const struct f1p_state *state, int64_t t_ns, struct f1p_ev_prior *out)
{
	struct book_race weekend = {.circuit = BOOK_NONE};
	f1p_status status = r->book.history ? book_sync(&r->book, t_ns) : F1P_OK;
	uint32_t n = book_before(&r->book, t_ns);

	if (status != F1P_OK)
		return status;
	if (n == 0 && !goes_on_from_saved(r, t_ns, n))
		return F1P_EUNSUPPORTED;
	status = fold_up(r, t_ns, n);
	if (status == F1P_OK && r->book.history)
		status = book_weekend(&r->book, t_ns, &weekend);
	if (status == F1P_OK) {
		const struct outlook_input in = {.book = &r->book, .known = &r->fold, .model = &r->model, .weekend = &weekend,
			.n_races = n};
		status = outlook_make(&in, state, out);
	}
	book_weekend_finish(&weekend);
	return status;
}

static f1p_status ratings_priors(struct f1p_plugin *plugin, const struct f1p_state *state, struct f1p_ev_prior *out, uint32_t max,
	uint32_t *n)
{
	struct ratings *r = plugin->impl;
	int64_t t_ns = state->t_start_ns != F1P_UNKNOWN_NS ? state->t_start_ns : state->t_event_ns;
	bool of_a_race = state->type == F1P_SESSION_RACE || state->type == F1P_SESSION_SPRINT ||
		state->type == F1P_SESSION_QUALIFYING || state->type == F1P_SESSION_SPRINT_QUALIFYING;

	*n = 0;
	if (!of_a_race || (state->flags & F1P_EVF_SIMULATED) || state->n_cars == 0 || t_ns < 0)
		return F1P_EUNSUPPORTED;
	if (state->n_cars > F1P_MAX_CARS || max < state->n_cars + 1u)
		return F1P_EINVAL;
	f1p_status status = make_priors(r, state, t_ns, out);
	if (status == F1P_OK)
		*n = state->n_cars + 1u;
	return status;
}

static f1p_status ratings_begin(struct f1p_plugin *plugin)
{
	forget(plugin->impl);
	return F1P_OK;
}

/* What is fitted on stands in the history: nothing of the snapshot is needed. */
static f1p_status ratings_example(struct f1p_plugin *plugin, const struct f1p_example *example)
{
	(void)plugin;
	(void)example;
	return F1P_OK;
}

static f1p_status ratings_fit(struct f1p_plugin *plugin, int32_t next_race_id)
{
	struct ratings *r = plugin->impl;

	if (!r->book.history)
		return F1P_AGAIN;
	f1p_status status = book_sync(&r->book, ALL_TIME_NS);
	uint32_t n = races_until(&r->book, r->book.n_races, next_race_id - 1);
	if (status == F1P_OK)
		status = fold_up(r, ALL_TIME_NS, n);
	if (status != F1P_OK)
		return status;
	return weekend_fit(&r->model, &r->book, n) ? F1P_OK : F1P_AGAIN;
}

static f1p_status ratings_save(struct f1p_plugin *plugin, void (*write)(void *arg, const void *bytes, size_t n), void *arg)
{
	const struct ratings *r = plugin->impl;
	struct params *p = params_create();
	bool only_saved = r->fold_from_saved && r->fold.last_race == r->saved.last_race;
	int64_t t_start_ns = only_saved || r->fold.n_done == 0 ? r->saved_t_start_ns : r->book.race[r->fold.n_done - 1].t_start_ns;
	f1p_status status = p && saved_put(p, &r->model, &r->book, &r->fold, t_start_ns) ? F1P_OK : F1P_ENOMEM;

	if (status == F1P_OK)
		params_write(p, write, arg);
	params_destroy(p);
	return status;
}

static const void *ratings_get_extension(struct f1p_plugin *plugin, const char *id)
{
	static const struct f1p_predictor predictor = {.size = sizeof(predictor), .predict = ratings_predict};
	static const struct f1p_priors priors = {.size = sizeof(priors), .priors = ratings_priors};
	static const struct f1p_trainable trainable = {.size = sizeof(trainable), .begin = ratings_begin, .example = ratings_example,
		.fit = ratings_fit, .save = ratings_save};

	(void)plugin;
	if (strcmp(id, F1P_EXT_PREDICTOR) == 0)
		return &predictor;
	if (strcmp(id, F1P_EXT_PRIORS) == 0)
		return &priors;
	return strcmp(id, F1P_EXT_TRAINABLE) == 0 ? &trainable : NULL;
}

F1P_ONE_PLUGIN(descriptor, struct ratings, ratings_init, ratings_configure, ratings_start, ratings_stop, ratings_destroy,
	ratings_get_extension);
