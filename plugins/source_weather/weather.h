/*
 * weather.h - one instance of source_weather, shared by its files.
 */
#ifndef SOURCE_WEATHER_H
#define SOURCE_WEATHER_H

#include <f1pd/f1pd.h>

#include "compare.h"
#include "pace.h"
#include "provider.h"

#include <helpers/repeats.h>

#define MS_NS INT64_C(1000000)
#define MINUTE_NS (60000 * MS_NS)
#define MAX_ANSWER (256u << 10)

struct place {
	bool known;
	int32_t lat_e4, lon_e4;
};

struct source {
	struct f1p_plugin plugin;
	const struct f1p_host *host;
	const struct f1p_bus *bus;
	const struct f1p_http *http;	     /* NULL = not offered */
	const struct f1p_schedule *schedule; /* likewise */
	const struct f1p_wake *wake;	     /* likewise */
	struct compare compare;
	struct f1p_metric *answers, *refused, *bad_values;

	/* configuration */
	const struct provider *provider;
	char base_url[512], key[128];
	struct pace pace;
	struct place fixed;
	bool present;

	/* question and answer */
	uint64_t request; /* 0 = none is under way */
	struct place asked;
	int64_t t_asked_ns;	/* F1P_UNKNOWN_NS = never */
	int64_t t_retry_ns;	/* real time, after a failure; F1P_UNKNOWN_NS = the calendar rules */
	struct f1p_repeats repeats; /* of failures */
	uint32_t failures;	/* in a row */
	bool place_missing;	/* said last */
	char doubt[160];	/* likewise */

	/* what there is to tell */
	uint32_t link;	     /* enum f1p_link_condition as told last; 0 = nothing yet */
	int64_t t_newest_ns; /* of the events told so far */
	int64_t t_told_ns;   /* when the outlook was told last */
	bool has_outlook, tell_outlook, tell_weather, tell_link;
	struct f1p_ev_outlook outlook;
	struct f1p_ev_weather weather;
	struct f1p_ev_link link_event;
};

static inline void weather_count(const struct source *s, struct f1p_metric *m, double v)
{
	if (s->compare.metrics && v > 0)
		s->compare.metrics->put(m, v);
}

/* tell.c */
void tell_begin(struct source *);
void note_link(struct source *, uint32_t condition, int64_t now_ns, const char *text);
/* False with a reason in f->fault. t_ns: when the provider gave it. */
bool note_forecast(struct source *, struct forecast *f, int64_t t_ns, int64_t now_ns);
void forget_forecast(struct source *);
/* Emits what is noted, and the outlook once more if the state has lost it. */
f1p_status tell_all(struct source *, int64_t now_ns);

/* ask.c */
void ask_begin(struct source *);
void ask_end(struct source *);
/* Asks if it is time; returns when it will be; F1P_NEVER_NS: an answer or a place must come first. */
int64_t ask_when_due(struct source *, const struct place *, const struct f1p_schedule_now *, int64_t now_ns);

#endif
