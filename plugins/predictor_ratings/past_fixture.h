/* past_fixture.h - for tests: the plugin on a host whose history is a store in memory. */
#ifndef RATINGS_PAST_FIXTURE_H
#define RATINGS_PAST_FIXTURE_H

#include <f1pd/f1pd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "history/history.h"

struct past {
	struct f1p_host host;
	struct f1p_history history_ext;
	struct f1p_model model_ext;
	struct history *store;      /* NULL: the host has no history */
	const char *fragment;       /* NULL: the host has no model file */
	bool reversed;              /* rows come last first */
	char reason[512];
	struct f1p_plugin *plugin;
	struct f1p_ev_prior priors[F1P_MAX_CARS + 1];
	uint32_t n_priors;
	f1p_status status;          /* of the last priors() */
};

static struct past *past_of(const struct f1p_host *host)
{
	return host->impl;
}

static void past_log(const struct f1p_host *host, int level, const char *fmt, ...)
{
	(void)host;
	(void)level;
	(void)fmt;
}

static f1p_status past_fail(const struct f1p_host *host, f1p_status status, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(past_of(host)->reason, sizeof(past_of(host)->reason), fmt, args);
	va_end(args);
	return status;
}

struct past_rows {
	unsigned char *bytes;
	size_t n, size;
};

static bool past_keep_row(void *arg, const struct f1p_history_row *row)
{
	struct past_rows *rows = arg;

	rows->size = row->size;
	rows->bytes = realloc(rows->bytes, (rows->n + 1) * rows->size);
	assert_non_null(rows->bytes);
	memcpy(rows->bytes + rows->n++ * rows->size, row, rows->size);
	return true;
}

static f1p_status past_ext_each(const struct f1p_host *host, const struct f1p_history_query *q,
	bool (*fn)(void *arg, const struct f1p_history_row *), void *arg)
{
	struct past_rows rows = {0};

	if (!past_of(host)->reversed || q->type == F1P_HIST_RACE)
		return history_each(past_of(host)->store, q, fn, arg, NULL, 0);
	f1p_status status = history_each(past_of(host)->store, q, past_keep_row, &rows, NULL, 0);
	while (rows.n > 0 && fn(arg, (const struct f1p_history_row *)(const void *)(rows.bytes + --rows.n * rows.size)))
		;
	free(rows.bytes);
	return status;
}

static int64_t past_ext_count(const struct f1p_host *host, const struct f1p_history_query *q)
{
	return history_count(past_of(host)->store, q, NULL, 0);
}

static const char *past_ext_fragment(const struct f1p_host *host, const char *id, size_t *n)
{
	(void)id;
	*n = past_of(host)->fragment ? strlen(past_of(host)->fragment) : 0;
	return past_of(host)->fragment;
}

static const char *past_ext_version(const struct f1p_host *host)
{
	return past_of(host)->fragment ? "0123456789ab" : "";
}

static const void *past_get_extension(const struct f1p_host *host, const char *id)
{
	struct past *p = past_of(host);

	if (strcmp(id, F1P_EXT_HISTORY) == 0)
		return p->store ? &p->history_ext : NULL;
	return strcmp(id, F1P_EXT_MODEL) == 0 ? &p->model_ext : NULL;
}

static int64_t past_now(const struct f1p_host *host)
{
	(void)host;
	return 0;
}

extern const struct f1p_entry f1p_entry_v1;

/* options: NULL = defaults */
struct past_cfg {
	const char *resets, *renamed;
};

static void past_start(struct past *p, const char *fragment)
{
	const struct past_cfg cfg = {.resets = "2014 2017 2022 2026", .renamed = "marussia>manor lotus_f1>renault sauber>alfa"};

	p->fragment = fragment;
	p->host = (struct f1p_host){.size = sizeof(p->host), .abi_major = F1P_ABI_MAJOR, .abi_minor = F1P_ABI_MINOR, .impl = p,
		.instance = "ratings", .log = past_log, .fail = past_fail, .get_extension = past_get_extension,
		.now_utc_ns = past_now, .now_mono_ns = past_now};
	p->history_ext = (struct f1p_history){.size = sizeof(p->history_ext), .each = past_ext_each, .count = past_ext_count};
	p->model_ext = (struct f1p_model){.size = sizeof(p->model_ext), .fragment = past_ext_fragment, .version = past_ext_version};
	p->plugin = f1p_entry_v1.create(&p->host, "predictor_ratings");
	assert_non_null(p->plugin);
	assert_int_equal(p->plugin->init(p->plugin), F1P_OK);
	assert_int_equal(p->plugin->configure(p->plugin, &cfg), F1P_OK);
	assert_int_equal(p->plugin->start(p->plugin), F1P_OK);
}

/* With an empty store. fragment: the plugin's part of the model file, or NULL. */
static void past_begin(struct past *p, const char *fragment)
{
	char why[512] = "";

	*p = (struct past){0};
	p->store = history_open(":memory:", why, sizeof(why));
	if (!p->store)
		fail_msg("%s", why);
	past_start(p, fragment);
}

static void past_end(struct past *p)
{
	p->plugin->stop(p->plugin);
	p->plugin->destroy(p->plugin);
	if (p->store)
		history_close(p->store);
}

static void past_state(struct f1p_state *state, uint8_t type, int64_t t_start_ns, int32_t year)
{
	memset(state, 0, sizeof(*state));
	state->size = sizeof(*state);
	state->type = type;
	state->t_start_ns = t_start_ns;
	state->t_event_ns = t_start_ns;
	state->year = (uint16_t)year;
}

static void past_car(struct f1p_state *state, uint16_t number, const char *code, const char *name, const char *team)
{
	struct f1p_car *car = &state->cars[state->n_cars++];

	car->number = number;
	snprintf(car->code, sizeof(car->code), "%s", code);
	snprintf(car->name, sizeof(car->name), "%.47s", name);
	snprintf(car->team, sizeof(car->team), "%.43s", team);
}

/* Of the state; [0] is the race's, [1 + i] that of its car i. */
static const struct f1p_ev_prior *past_priors(struct past *p, const struct f1p_state *state)
{
	const struct f1p_priors *ext = p->plugin->get_extension(p->plugin, F1P_EXT_PRIORS);

	memset(p->priors, 0xa5, sizeof(p->priors));
	p->status = ext->priors(p->plugin, state, p->priors, F1P_MAX_CARS + 1, &p->n_priors);
	assert_int_equal(p->status, F1P_OK);
	assert_int_equal(p->n_priors, state->n_cars + 1u);
	return p->priors;
}

static inline void past_fit(struct past *p, int32_t next_race_id)
{
	const struct f1p_trainable *ext = p->plugin->get_extension(p->plugin, F1P_EXT_TRAINABLE);

	assert_int_equal(ext->fit(p->plugin, next_race_id), F1P_OK);
}

static inline void past_each(struct past *p, uint32_t type, int32_t race_id, bool (*fn)(void *, const struct f1p_history_row *), void *arg)
{
	const struct f1p_history_query q = {.size = sizeof(q), .type = type, .race_from = race_id, .race_to = race_id};

	assert_int_equal(history_each(p->store, &q, fn, arg, NULL, 0), F1P_OK);
}

#endif
