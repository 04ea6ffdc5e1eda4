/*
 * distance.c - how many laps the race has: OpenF1 does not say, the last race at the same place does, as an estimate.
 */
#include "source.h"

#include <stdlib.h>

#define SAME_PLACE_E4 1000 /* 0.1 degrees */
#define YEARS_BACK 6       /* the loop must not wait for the whole store */
#define LAPS_MAX 200

struct search {
	int32_t lat_e4, lon_e4;
	int64_t before_ns;
	int32_t laps;
};

static bool on_race(void *arg, const struct f1p_history_row *row)
{
	struct search *s = arg;
	const struct f1p_hist_race *race = (const void *)row;
	int32_t laps = race->scheduled_laps > 0 ? race->scheduled_laps : race->laps;
	bool placed = race->lat_e4 != F1P_UNKNOWN && race->lon_e4 != F1P_UNKNOWN;
	bool past = race->t_start_ns == F1P_UNKNOWN_NS || race->t_start_ns < s->before_ns;

	if (placed && past && laps > 0 && laps <= LAPS_MAX && abs(race->lat_e4 - s->lat_e4) <= SAME_PLACE_E4 &&
		abs(race->lon_e4 - s->lon_e4) <= SAME_PLACE_E4) {
		s->laps = laps; /* rows come in order: the newest stays */
	}
	return true;
}

/* Somebody who knows has told it. */
static bool is_known(const struct of_source *src)
{
	const struct f1p_state *state = src->bus->state_acquire(src->host);
	bool known = state != NULL && state->session_key == src->session_key && state->total_laps > 0;

	if (state != NULL) {
		src->bus->state_release(src->host, state);
	}
	return known;
}

void of_estimate_laps(struct of_source *src)
{
	struct f1p_schedule_now now = {.size = sizeof(now), .has_session = F1P_NO};
	struct f1p_history_query query = {.size = sizeof(query), .type = F1P_HIST_RACE};
	struct search search = {.laps = F1P_UNKNOWN};

	if (src->history == NULL || src->schedule == NULL || !of1_session_is_full_race(src->decoder) || is_known(src)) {
		return;
	}
	src->schedule->now(src->host, &now);
	if (now.has_session != F1P_YES || now.session.session_key != src->session_key || now.session.lat_e4 == F1P_UNKNOWN ||
		now.session.lon_e4 == F1P_UNKNOWN) {
		return;
	}
	search.lat_e4 = now.session.lat_e4;
	search.lon_e4 = now.session.lon_e4;
	search.before_ns = src->t_start_ns - NS_PER_S;
	query.race_from = (now.session.year - YEARS_BACK) * 100;
	query.race_to = now.session.year * 100 + 99;
	if (src->history->each(src->host, &query, on_race, &search) == F1P_OK && search.laps != F1P_UNKNOWN) {
		src->host->log(src->host, F1P_LOG_INFO, "OpenF1 does not tell the number of laps: %d, as in the last race here", search.laps);
		of1_set_total_laps(src->decoder, search.laps);
	}
}
