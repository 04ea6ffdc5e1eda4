/*
 * encode_forecast.c - a forecast as JSON.
 */
#include "helpers/encode.h"

#define P_DECIMALS 5 /* of probabilities: finer than any Monte-Carlo error we publish */

bool f1p_forecast_event_valid(const struct f1p_ev_forecast *ev)
{
	size_t cars_at = offsetof(struct f1p_ev_forecast, forecast) + offsetof(struct f1p_forecast, cars);
	if (ev->h.size < cars_at || ev->forecast.n_cars > F1P_MAX_CARS) {
		return false;
	}
	return ev->h.size >= cars_at + ev->forecast.n_cars * sizeof(struct f1p_car_forecast);
}

static uint32_t cars_of(const struct f1p_forecast *f)
{
	return f->n_cars < F1P_MAX_CARS ? f->n_cars : F1P_MAX_CARS;
}

static void probability(struct f1p_json *j, const char *key, double p)
{
	f1p_json_key(j, key);
	f1p_json_num(j, p, P_DECIMALS);
}

static void number_and_code(struct f1p_json *j, uint16_t number, const struct f1p_state *state)
{
	const struct f1p_car *car = state ? f1p_state_car(state, number) : NULL;
	f1p_json_key(j, "number");
	f1p_json_uint(j, number);
	f1p_json_key(j, "code");
	if (car) {
		f1p_encode_text(j, car->code, sizeof(car->code));
	} else {
		f1p_json_null(j);
	}
}

static void gap_quantiles(struct f1p_json *j, const struct f1p_car_forecast *c)
{
	f1p_json_key(j, "gap_ms");
	if (c->gap_given != 1) {
		f1p_json_null(j);
		return;
	}
	f1p_json_array(j);
	for (int i = 0; i < F1P_GAP_LEVELS; i++) {
		f1p_encode_int(j, c->gap_ms[i]);
	}
	f1p_json_end(j);
}

static void car_forecast(struct f1p_json *j, const struct f1p_car_forecast *c, uint32_t n_cars, const struct f1p_state *state)
{
	const struct {
		const char *key;
		uint8_t q;
	} quantiles[] = {{"q05", c->q05}, {"q25", c->q25}, {"q50", c->q50}, {"q75", c->q75}, {"q95", c->q95}};
	f1p_json_object(j);
	number_and_code(j, c->car, state);
	probability(j, "win", c->p_win);
	probability(j, "podium", c->p_podium);
	probability(j, "points", c->p_points);
	probability(j, "retire", c->p_retire);
	f1p_json_key(j, "expected_position");
	f1p_json_num(j, c->expected_position, 2);
	for (size_t i = 0; i < sizeof(quantiles) / sizeof(quantiles[0]); i++) {
		f1p_json_key(j, quantiles[i].key);
		if (quantiles[i].q) {
			f1p_json_uint(j, quantiles[i].q);
		} else {
			f1p_json_null(j);
		}
	}
	gap_quantiles(j, c);
	f1p_json_key(j, "positions");
	f1p_json_array(j);
	for (uint32_t k = 0; k < n_cars; k++) {
		f1p_json_num(j, c->p_position[k], P_DECIMALS);
	}
	f1p_json_end(j);
	f1p_json_end(j);
}

static void missing(struct f1p_json *j, uint32_t bits)
{
	f1p_json_key(j, "missing");
	f1p_json_array(j);
	for (uint32_t bit = F1P_MISSING_GRID; bit <= F1P_MISSING_NEWS; bit <<= 1) {
		if (bits & bit) {
			f1p_json_str(j, f1p_missing_name(bit));
		}
	}
	f1p_json_end(j);
}

static bool more_likely(const struct f1p_car_forecast *a, const struct f1p_car_forecast *b)
{
	if (a->p_podium != b->p_podium) {
		return a->p_podium > b->p_podium;
	}
	if (a->p_win != b->p_win) {
		return a->p_win > b->p_win;
	}
	return a->expected_position < b->expected_position;
}

/* The three cars most likely on the podium; on equal chances the likelier winner, then, when all is decided, the better place. */
static void top3(struct f1p_json *j, const struct f1p_forecast *f, const struct f1p_state *state)
{
	bool taken[F1P_MAX_CARS] = {false};
	uint32_t n = cars_of(f);
	f1p_json_key(j, "top3");
	f1p_json_array(j);
	for (uint32_t rank = 0; rank < 3 && rank < n; rank++) {
		const struct f1p_car_forecast *best = NULL;
		for (uint32_t i = 0; i < n; i++) {
			if (!taken[i] && (!best || more_likely(&f->cars[i], best))) {
				best = &f->cars[i];
			}
		}
		taken[best - f->cars] = true;
		f1p_json_object(j);
		number_and_code(j, best->car, state);
		probability(j, "p_podium", best->p_podium);
		probability(j, "p_win", best->p_win);
		f1p_json_end(j);
	}
	f1p_json_end(j);
}

/* A 64-bit seed does not fit into a JavaScript number: text. */
static void seed(struct f1p_json *j, uint64_t v)
{
	char digits[21];
	size_t at = sizeof(digits) - 1;
	digits[at] = '\0';
	do {
		digits[--at] = (char)('0' + v % 10);
		v /= 10;
	} while (v);
	f1p_json_key(j, "seed");
	f1p_json_str(j, digits + at);
}

void f1p_encode_forecast_members(struct f1p_json *j, const struct f1p_forecast *f, const struct f1p_state *state, int32_t lap)
{
	f1p_json_key(j, "model");
	f1p_encode_text(j, f->model, sizeof(f->model));
	f1p_json_key(j, "version");
	f1p_encode_text(j, f->version, sizeof(f->version));
	f1p_json_key(j, "snapshot_seq");
	f1p_json_uint(j, f->snapshot_seq);
	seed(j, f->seed);
	f1p_json_key(j, "runs");
	f1p_json_uint(j, f->runs);
	f1p_json_key(j, "lap");
	f1p_encode_int(j, lap);
	f1p_json_key(j, "confidence");
	f1p_json_num(j, f->confidence, 4);
	f1p_json_key(j, "trend");
	f1p_json_str(j, f1p_trend_name(f->trend ? f->trend : F1P_TREND_UNKNOWN));
	f1p_json_key(j, "mc_error");
	f1p_json_num(j, f->mc_error, 6);
	missing(j, f->missing);
	top3(j, f, state);
	f1p_json_key(j, "cars");
	f1p_json_array(j);
	for (uint32_t i = 0; i < cars_of(f); i++) {
		car_forecast(j, &f->cars[i], cars_of(f), state);
	}
	f1p_json_end(j);
}

void f1p_encode_forecast(struct f1p_json *j, const struct f1p_forecast *f, const struct f1p_state *state)
{
	f1p_json_object(j);
	f1p_encode_forecast_members(j, f, state, state ? state->lap : F1P_UNKNOWN);
	f1p_json_end(j);
}
