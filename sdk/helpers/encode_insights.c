/* encode_insights.c - insights as JSON. */
#include "helpers/encode_keys.h"

#include <f1pd/insight.h>

#define P_DECIMALS 4

bool f1p_insights_event_valid(const struct f1p_ev_insights *ev)
{
	size_t cars_at = offsetof(struct f1p_ev_insights, insights) + offsetof(struct f1p_insights, cars);

	return ev->h.size >= cars_at && ev->insights.n_cars <= F1P_MAX_CARS && ev->insights.n_overtakes <= F1P_MAX_OVERTAKES &&
	       ev->insights.n_moves <= F1P_MAX_MOVES &&
	       ev->h.size >= cars_at + ev->insights.n_cars * sizeof(struct f1p_car_insight);
}

const char *f1p_option_name(int kind)
{
	static const char *const names[] = {[F1P_OPTION_PIT_NOW] = "pit_now", [F1P_OPTION_PIT_LATER] = "pit_later",
		[F1P_OPTION_PIT_UNDER_SC] = "pit_under_sc", [F1P_OPTION_OTHER_COMPOUND] = "other_compound",
		[F1P_OPTION_NO_STOP] = "no_stop"};

	return kind >= F1P_OPTION_PIT_NOW && kind <= F1P_OPTION_NO_STOP ? names[kind] : "invalid";
}

static void key_num(struct f1p_json *j, const char *key, double v, int decimals)
{
	f1p_json_key(j, key);
	f1p_json_num(j, v, decimals);
}

static void option(struct f1p_json *j, const struct f1p_option *o)
{
	f1p_json_object(j);
	key_name(j, "option", f1p_option_name(o->kind));
	key_name(j, "compound", f1p_compound_name(o->compound ? o->compound : F1P_TYRE_UNKNOWN));
	key_count(j, "laps", o->laps);
	key_num(j, "position_change", o->position_change, 2);
	key_num(j, "win_change", o->p_win_change, P_DECIMALS);
	key_num(j, "podium_change", o->p_podium_change, P_DECIMALS);
	f1p_json_end(j);
}

static void rejoin(struct f1p_json *j, const struct f1p_car_insight *c, uint32_t n_cars)
{
	f1p_json_key(j, "rejoin");
	if (!c->rejoin_known) {
		f1p_json_null(j);
		return;
	}
	f1p_json_array(j);
	for (uint32_t k = 0; k < n_cars; k++) {
		f1p_json_num(j, c->rejoin[k] / 1e4, P_DECIMALS);
	}
	f1p_json_end(j);
}

static void car_insight(struct f1p_json *j, const struct f1p_car_insight *c, uint32_t n_cars)
{
	f1p_json_object(j);
	key_count(j, "number", c->car);
	key_num(j, "expected_points", c->expected_points, 2);
	key_num(j, "stops_left", c->stops_left, 2);
	key_num(j, "stop_within_1", c->p_stop_1, P_DECIMALS);
	key_num(j, "stop_within_5", c->p_stop_5, P_DECIMALS);
	rejoin(j, c, n_cars);
	f1p_json_key(j, "options");
	f1p_json_array(j);
	for (uint32_t i = 0; i < c->n_options && i < F1P_MAX_OPTIONS; i++) {
		option(j, &c->options[i]);
	}
	f1p_json_end(j);
	f1p_json_end(j);
}

static void overtake(struct f1p_json *j, const struct f1p_overtake *o)
{
	f1p_json_object(j);
	key_count(j, "attacker", o->attacker);
	key_count(j, "defender", o->defender);
	key_num(j, "within_1", o->p_1, P_DECIMALS);
	key_num(j, "within_3", o->p_3, P_DECIMALS);
	key_num(j, "within_5", o->p_5, P_DECIMALS);
	f1p_json_end(j);
}

static void move(struct f1p_json *j, const struct f1p_move *m)
{
	f1p_json_object(j);
	key_count(j, "car", m->car);
	key_ref(j, "cause", m->cause);
	key_name(j, "trigger", f1p_trigger_name(m->trigger));
	key_num(j, "win_change", m->p_win_change, P_DECIMALS);
	KEY_TEXT(j, "text", m->text);
	f1p_json_end(j);
}

void f1p_encode_insights_members(struct f1p_json *j, const struct f1p_insights *in)
{
	key_count(j, "snapshot_seq", in->snapshot_seq);
	key_count(j, "runs", in->runs);
	key_num(j, "sc_within_5", in->p_sc_5, P_DECIMALS);
	key_num(j, "vsc_within_5", in->p_vsc_5, P_DECIMALS);
	key_num(j, "red_within_5", in->p_red_5, P_DECIMALS);
	f1p_json_key(j, "overtakes");
	f1p_json_array(j);
	for (uint32_t i = 0; i < in->n_overtakes && i < F1P_MAX_OVERTAKES; i++) {
		overtake(j, &in->overtakes[i]);
	}
	f1p_json_end(j);
	f1p_json_key(j, "moves");
	f1p_json_array(j);
	for (uint32_t i = 0; i < in->n_moves && i < F1P_MAX_MOVES; i++) {
		move(j, &in->moves[i]);
	}
	f1p_json_end(j);
	f1p_json_key(j, "cars");
	f1p_json_array(j);
	for (uint32_t i = 0; i < in->n_cars && i < F1P_MAX_CARS; i++) {
		car_insight(j, &in->cars[i], in->n_cars);
	}
	f1p_json_end(j);
}
