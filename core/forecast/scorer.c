#include "forecast/scorer.h"

#include "helpers/encode_keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INSTANCES 16

struct kept {
	uint32_t instance_id; /* 0 = free */
	struct f1p_ev_forecast *forecast[SCORE_PHASES];
};

struct scorer {
	struct scorer_ops ops;
	struct kept kept[INSTANCES];
	bool scored; /* this session is done */
};

const char *score_phase_name(int phase)
{
	static const char *const names[] = {"?", "lights_out", "d10", "d25", "d50", "d75", "d90"};

	return names[phase >= SCORE_LIGHTS_OUT && phase < SCORE_PHASES ? phase : 0];
}

struct scorer *scorer_create(const struct scorer_ops *ops)
{
	struct scorer *s = calloc(1, sizeof(*s));

	if (s)
		s->ops = *ops;
	return s;
}

static void forget(struct scorer *s)
{
	for (size_t i = 0; i < INSTANCES; i++)
		for (int p = 0; p < SCORE_PHASES; p++)
			free(s->kept[i].forecast[p]);
	memset(s->kept, 0, sizeof(s->kept));
	s->scored = false;
}

void scorer_destroy(struct scorer *s)
{
	if (!s)
		return;
	forget(s);
	free(s);
}

/* The furthest phase that has begun; 0 = none, because the distance is not known. Who joined during the race does not know when
 * the lights went out. */
static int phase_of(const struct f1p_ev_forecast *f, const struct f1p_state *st)
{
	static const int percent[] = {0, 0, 10, 25, 50, 75, 90};

	if (st->t_green_ns != F1P_UNKNOWN_NS ? f->h.t_event_ns <= st->t_green_ns : st->status == F1P_STATUS_INACTIVE)
		return SCORE_LIGHTS_OUT;
	if (st->total_laps <= 0 || f->lap < 2)
		return 0;
	int done = (f->lap - 1) * 100, phase = 0; /* completed laps of the leader, in hundredths of the distance */
	for (int p = SCORE_D10; p < SCORE_PHASES; p++)
		if (done >= percent[p] * st->total_laps)
			phase = p;
	return phase;
}

static struct kept *kept_of(struct scorer *s, uint32_t id)
{
	for (size_t i = 0; i < INSTANCES; i++)
		if (s->kept[i].instance_id == id)
			return &s->kept[i];
	for (size_t i = 0; i < INSTANCES; i++)
		if (!s->kept[i].instance_id) {
			s->kept[i].instance_id = id;
			return &s->kept[i];
		}
	return NULL;
}

static void keep(struct scorer *s, const struct f1p_ev_forecast *f, const struct f1p_state *st)
{
	int phase = f1p_forecast_event_valid(f) ? phase_of(f, st) : 0;
	struct kept *k = phase ? kept_of(s, f->instance_id) : NULL;

	if (!k || (k->forecast[phase] && phase != SCORE_LIGHTS_OUT))
		return;
	struct f1p_ev_forecast *copy = calloc(1, sizeof(*copy));
	if (!copy)
		return;
	memcpy(copy, f, f->h.size < sizeof(*copy) ? f->h.size : sizeof(*copy));
	free(k->forecast[phase]);
	k->forecast[phase] = copy;
}

static void key_num(struct f1p_json *j, const char *key, double v)
{
	f1p_json_key(j, key);
	f1p_json_num(j, v, 6);
}

static void write_metrics(struct f1p_json *j, const struct score *sc)
{
	key_num(j, "top3_hit", sc->top3_hit);
	key_num(j, "winner_hit", sc->winner_hit);
	key_num(j, "winner_logloss", sc->winner_logloss);
	key_num(j, "win_logloss", sc->win_logloss);
	key_num(j, "podium_logloss", sc->podium_logloss);
	key_num(j, "points_logloss", sc->points_logloss);
	key_num(j, "dnf_logloss", sc->retire_logloss);
	key_num(j, "win_brier", sc->win_brier);
	key_num(j, "podium_brier", sc->podium_brier);
	key_num(j, "points_brier", sc->points_brier);
	key_num(j, "rps", sc->rps);
	key_num(j, "mae", sc->mae);
	key_num(j, "cover50", sc->cover50);
	key_num(j, "cover90", sc->cover90);
}

static void write_line(struct scorer *s, const struct f1p_ev_forecast *f, int phase, const struct score *sc,
	const struct f1p_state *st)
{
	const char *name = s->ops.name ? s->ops.name(s->ops.arg, f->instance_id) : NULL;
	struct f1p_json j;
	char seed[24];
	size_t n = 0;

	f1p_json_init(&j);
	f1p_json_object(&j);
	f1p_json_key(&j, "session");
	f1p_encode_session(&j, st);
	f1p_json_key(&j, "phase");
	f1p_json_str(&j, score_phase_name(phase));
	f1p_json_key(&j, "instance");
	f1p_json_str(&j, name);
	KEY_TEXT(&j, "model", f->forecast.model);
	KEY_TEXT(&j, "version", f->forecast.version);
	f1p_json_key(&j, "published");
	f1p_json_bool(&j, f->published == 1);
	f1p_json_key(&j, "snapshot_seq");
	f1p_json_uint(&j, f->forecast.snapshot_seq);
	snprintf(seed, sizeof(seed), "%llu", (unsigned long long)f->forecast.seed);
	f1p_json_key(&j, "seed");
	f1p_json_str(&j, seed);
	f1p_json_key(&j, "lap");
	f1p_json_uint(&j, f->lap);
	f1p_json_key(&j, "cars");
	f1p_json_uint(&j, sc->cars);
	write_metrics(&j, sc);
	f1p_json_end(&j);
	const char *text = f1p_json_text(&j, &n);
	if (text && s->ops.write)
		s->ops.write(s->ops.arg, text, n);
	f1p_json_finish(&j);
}

static void tell(struct scorer *s, int phase, const struct score *sc)
{
	char line[200];

	if (!s->ops.tell)
		return;
	snprintf(line, sizeof(line), "%s: podium %d of 3, winner %s, win log-loss %.3f, podium log-loss %.3f, mean error %.1f places",
		score_phase_name(phase), (int)(sc->top3_hit * 3 + 0.5), sc->winner_hit > 0 ? "right" : "wrong", sc->win_logloss,
		sc->podium_logloss, sc->mae);
	s->ops.tell(s->ops.arg, line);
}

static void score_all(struct scorer *s, const struct f1p_state *st)
{
	struct score_result result;
	struct score sc;

	score_result_of(&result, st);
	for (int phase = SCORE_LIGHTS_OUT; phase < SCORE_PHASES; phase++)
		for (size_t i = 0; i < INSTANCES; i++) {
			const struct f1p_ev_forecast *f = s->kept[i].forecast[phase];
			if (!f || !score_forecast(&sc, &f->forecast, &result))
				continue;
			write_line(s, f, phase, &sc, st);
			if (f->published == 1)
				tell(s, phase, &sc);
		}
}

static bool is_final(const struct f1p_state *st)
{
	return (st->type == F1P_SESSION_RACE || st->type == F1P_SESSION_SPRINT) && (st->status == F1P_STATUS_FINALISED ||
		st->status == F1P_STATUS_ENDS);
}

void scorer_take(struct scorer *s, const struct f1p_event *ev, const struct f1p_state *st)
{
	if (ev->space != F1P_SPACE_CORE)
		return;
	if (ev->type == F1P_EV_FEED_RESET && !(ev->flags & F1P_EVF_SNAPSHOT)) {
		forget(s);
	} else if (ev->type == F1P_EV_FORECAST && !s->scored) {
		keep(s, (const struct f1p_ev_forecast *)ev, st);
	} else if (ev->type == F1P_EV_SESSION_STATUS && !s->scored && is_final(st)) {
		score_all(s, st);
		s->scored = true;
	}
}
