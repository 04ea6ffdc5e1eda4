/*
 * history.c - see history.h.
 */
#include "history.h"

#include "cut.h"
#include "helpers/decimal.h"

#define WIN_SHOWN_E5 500 /* nobody sees smaller chances in a chart */

static void add_car(struct history_lap *lap, uint16_t car, int64_t win_e5)
{
	if (win_e5 >= WIN_SHOWN_E5 && lap->n < F1P_MAX_CARS) {
		lap->car[lap->n] = car;
		lap->win_e5[lap->n++] = (int32_t)win_e5;
	}
}

void history_add(struct history *h, const struct f1p_ev_forecast *ev)
{
	if (ev->lap < 1 || ev->lap > F1P_MAX_LAPS) {
		return;
	}
	struct history_lap *lap = &h->laps[ev->lap - 1];
	lap->n = 0;
	for (uint32_t i = 0; i < ev->forecast.n_cars; i++) {
		add_car(lap, ev->forecast.cars[i].car, (int64_t)(ev->forecast.cars[i].p_win * 1e5 + 0.5));
	}
	if (ev->lap > h->n_laps) {
		h->n_laps = ev->lap;
	}
}

static void encode_lap(struct f1p_json *j, uint64_t number, const struct history_lap *lap)
{
	f1p_json_object(j);
	f1p_json_key(j, "lap");
	f1p_json_uint(j, number);
	f1p_json_key(j, "win");
	f1p_json_array(j);
	for (uint16_t i = 0; i < lap->n; i++) {
		f1p_json_array(j);
		f1p_json_uint(j, lap->car[i]);
		f1p_json_num(j, lap->win_e5[i] / 1e5, 4);
		f1p_json_end(j);
	}
	f1p_json_end(j);
	f1p_json_end(j);
}

void history_encode(struct f1p_json *j, const struct history *h)
{
	f1p_json_array(j);
	for (uint16_t l = 0; l < h->n_laps; l++) {
		if (h->laps[l].n) {
			encode_lap(j, l + 1u, &h->laps[l]);
		}
	}
	f1p_json_end(j);
}

/* ---------------------------------------------------- from what was told */

static void read_car(void *arg, struct f1p_json_slice object)
{
	struct f1p_json_slice win;
	int32_t number = cut_number(object, "number", 0);
	int64_t win_e5 = 0;
	if (number && cut_member(object, "win", &win) && f1p_parse_decimal(win.text, win.n, 5, &win_e5)) {
		add_car(arg, (uint16_t)number, win_e5);
	}
}

bool history_of_forecast(struct f1p_json *j, const char *forecast, size_t n)
{
	const struct f1p_json_slice all = {forecast, n};
	struct f1p_json_slice cars;
	struct history_lap lap = {0};
	int32_t number = cut_number(all, "lap", 0);
	if (number < 1 || number > (int32_t)F1P_MAX_LAPS || !cut_member(all, "cars", &cars)) {
		return false;
	}
	cut_each(cars, read_car, &lap);
	if (lap.n == 0) {
		return false;
	}
	encode_lap(j, (uint64_t)number, &lap);
	return true;
}
