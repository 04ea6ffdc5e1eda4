/*
 * policy.c - when to connect, to replace, to renew and to wait.
 */
#include "supervisor_internal.h"

#include <helpers/rng.h>

#include <stdio.h>
#include <string.h>

#define SHORTEST_DELAY_NS (100 * SLT_NS_PER_MS)
#define TOKEN_EVERY_NS (10 * SLT_NS_PER_S)
#define NO_CALENDAR_NS (60 * SLT_NS_PER_S)  /* so long a calendar may take to come after the start */
#define QUIET_TIMES 3			    /* while no session runs the feed may be silent so many times longer */

/* ---- after a failure ---- */

/* Full jitter: anywhere between nothing and a bound that doubles with each failure. */
void slt_back_off(struct slt_supervisor *s, struct slt_slot *slot, bool was_useful)
{
	const struct slt_connection *c = &slot->connection;
	int64_t now_ns = slt_now(s);
	int64_t bound_ns = s->options.retry_min_ns;
	struct f1p_rng rng;
	uint64_t seed = 0;
	int64_t wait_ns = 0;

	if (was_useful && c->fed_ns != F1P_NEVER_NS && now_ns - c->fed_ns >= SLT_HEALTHY_NS) {
		slot->attempts = 0;
		slot->repeats = (struct f1p_repeats){0};
	}
	for (uint32_t i = 0; i < slot->attempts && bound_ns < s->options.retry_max_ns; i++) {
		bound_ns *= 2;
	}
	bound_ns = slt_sooner(bound_ns, s->options.retry_max_ns);
	for (const char *p = s->host->instance; *p != '\0'; p++) {
		seed = seed * 31 + (unsigned char)*p;
	}
	f1p_rng_seed(&rng, seed, s->draws++);
	wait_ns = (int64_t)(f1p_rng_uniform(&rng) * (double)bound_ns);
	slot->due_ns = now_ns;
	slot->held_ns = slt_clock_real(&s->clock) + (wait_ns > SHORTEST_DELAY_NS ? wait_ns : SHORTEST_DELAY_NS);
	slot->attempts++;
}

/* ---- the calendar ---- */

/* Whether to be connected, by the calendar. */
static bool is_wanted(struct slt_supervisor *s, struct f1p_schedule_now *season)
{
	*season = (struct f1p_schedule_now){.size = sizeof(*season), .t_change_ns = F1P_NEVER_NS};
	if (s->schedule == NULL) {
		return true;
	}
	s->schedule->now(s->host, season);
	if (s->options.always || (season->mode >= F1P_SEASON_BEFORE && season->mode <= F1P_SEASON_AFTER)) {
		return true;
	}
	/* without any calendar only the feed itself can tell */
	return season->t_calendar_ns == F1P_UNKNOWN_NS && season->has_session != F1P_YES &&
	       slt_now(s) - s->started_ns >= NO_CALENDAR_NS;
}

void slt_follow_season(struct slt_supervisor *s)
{
	struct f1p_schedule_now season;
	bool wanted = is_wanted(s, &season);
	char text[160];

	s->change_utc_ns = season.t_change_ns;
	s->mode = season.t_calendar_ns != F1P_UNKNOWN_NS ? season.mode : 0;
	if (wanted && !s->wanted) {
		s->slots[s->main].due_ns = slt_now(s);
		s->slots[s->main].held_ns = 0;
		s->token.refused = false;
		s->token_due_ns = slt_now(s);
	} else if (!wanted && (s->wanted || s->intake.link == 0)) {
		slt_close_all(s);
		s->trouble[0] = '\0';
		s->refused = false;
		snprintf(text, sizeof(text), season.has_session == F1P_YES ? "no session now; next: %.31s, %.63s" : "no session now",
			season.session.name, season.session.meeting);
		slt_intake_link(&s->intake, F1P_LINK_CLOSED, 0, text);
		s->host->log(s->host, F1P_LOG_INFO, "not connected: %s", text);
	}
	s->wanted = wanted;
}

/* Far from a session the socket's own pings watch the line: to subscribe anew would bring nothing. */
static void watch_silence(struct slt_supervisor *s, uint32_t index, bool session_runs, int64_t now_ns)
{
	const struct slt_connection *c = &s->slots[index].connection;
	int64_t limit_ns = s->options.silence_ns * (session_runs ? 1 : QUIET_TIMES);
	int64_t since_ns = session_runs ? c->news_ns : slt_later(c->heard_ns, s->calm_ns);
	char reason[80];

	if (c->step == SLT_FEEDING && now_ns - since_ns >= limit_ns) {
		snprintf(reason, sizeof(reason), "no message for %.0f s", (double)(now_ns - since_ns) / (double)SLT_NS_PER_S);
		slt_replace(s, index, reason, c->news_ns > c->fed_ns);
	}
}

static bool is_due_for_renewal(struct slt_supervisor *s, const struct slt_slot *slot, int64_t now_ns)
{
	const struct slt_connection *c = &slot->connection;
	bool better_token = slt_token_usable(&s->token, s->clock.utc_ns)[0] != '\0' &&
			    (!c->has_token || c->token_generation != s->token.generation);

	return c->step == SLT_FEEDING && (better_token || now_ns - c->opened_ns >= slot->life_ns);
}

/* Before the server cuts it; only while the other one delivers. */
static void renew(struct slt_supervisor *s, int64_t now_ns)
{
	for (uint32_t i = 0; i < SLT_LANES; i++) {
		if (!is_due_for_renewal(s, &s->slots[i], now_ns) || !slt_merge_is_joined(s->merge, 1 - i)) {
			continue;
		}
		s->host->log(s->host, F1P_LOG_INFO, "%s connection: renewed before the server ends it", slt_slot_name(i));
		slt_connection_close(&s->slots[i].connection);
		slt_merge_off(s->merge, i);
		s->slots[i].due_ns = s->options.connections == 2 ? now_ns : F1P_NEVER_NS;
		s->slots[i].attempts = 0;
		s->main = s->options.connections == 2 ? s->main : 1 - i;
		return;
	}
}

/* With one connection the other slot serves to renew it without a break. */
static void arrange_single(struct slt_supervisor *s, int64_t now_ns)
{
	struct slt_slot *main = &s->slots[s->main], *spare = &s->slots[1 - s->main];

	if (s->options.connections == 2) {
		return;
	}
	if (!slt_connection_is_open(&main->connection) && slt_connection_is_open(&spare->connection)) {
		main->due_ns = F1P_NEVER_NS;
		s->main = 1 - s->main;
	} else if (!is_due_for_renewal(s, main, now_ns)) {
		spare->due_ns = F1P_NEVER_NS;
	} else if (spare->due_ns == F1P_NEVER_NS && !slt_connection_is_open(&spare->connection)) {
		spare->due_ns = now_ns;
	}
}

static void open_due(struct slt_supervisor *s, int64_t now_ns)
{
	for (uint32_t i = 0; i < SLT_LANES; i++) {
		struct slt_slot *slot = &s->slots[i];
		const struct slt_connection *partner = &s->slots[1 - i].connection;

		if (slot->due_ns > now_ns || slot->held_ns > slt_clock_real(&s->clock) || slt_connection_is_open(&slot->connection) ||
			(slt_connection_is_open(partner) && partner->step != SLT_FEEDING)) {
			continue; /* one at a time */
		}
		slot->due_ns = F1P_NEVER_NS;
		/* the second's first life is short: from then on they are renewed in turn */
		slot->life_ns = i == 1 && slot->openings == 0 ? s->options.renew_ns / 2 : s->options.renew_ns;
		slot->openings++;
		slt_connection_open(&slot->connection, slt_token_usable(&s->token, s->clock.utc_ns), s->token.generation);
	}
}

static void refresh_token(struct slt_supervisor *s, int64_t now_ns)
{
	if (now_ns >= s->token_due_ns) {
		s->token_due_ns = now_ns + TOKEN_EVERY_NS;
		slt_token_refresh(&s->token, s->clock.utc_ns);
	}
}

static bool session_runs(const struct slt_supervisor *s)
{
	return s->intake.session_status != 0 || s->schedule == NULL ? slt_intake_is_running(&s->intake) : s->mode == F1P_SEASON_LIVE;
}

void slt_policy_step(struct slt_supervisor *s, int64_t now_ns)
{
	bool runs = session_runs(s);

	refresh_token(s, now_ns);
	if (s->mode == F1P_SEASON_IDLE || s->mode == F1P_SEASON_AFTER) {
		s->calm_ns = now_ns;
	}
	for (uint32_t i = 0; i < SLT_LANES; i++) {
		slt_connection_tick(&s->slots[i].connection);
		watch_silence(s, i, runs, now_ns);
	}
	slt_merge_tick(s->merge, now_ns);
	renew(s, now_ns);
	arrange_single(s, now_ns);
	open_due(s, now_ns);
}
