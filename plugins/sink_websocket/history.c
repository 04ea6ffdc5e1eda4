/*
 * history.c - see history.h.
 */
#include "history.h"

#include <stdlib.h>
#include <string.h>

#include "helpers/json_reader.h"

#define WIN_SHOWN 0.005 /* nobody sees smaller chances in a chart */
#define TOLD 1e5	/* chances are told with five decimals: what is made of the told and of the untold must not differ */

void history_add(struct history *h, const struct f1p_ev_forecast *ev)
{
	if (ev->lap < 1 || ev->lap > F1P_MAX_LAPS) {
		return;
	}
	struct history_lap *lap = &h->laps[ev->lap - 1];
	lap->n = 0;
	for (uint32_t i = 0; i < ev->forecast.n_cars; i++) {
		double win = (double)(int64_t)(ev->forecast.cars[i].p_win * TOLD + 0.5) / TOLD;
		if (win >= WIN_SHOWN) {
			lap->car[lap->n] = ev->forecast.cars[i].car;
			lap->win[lap->n++] = win;
		}
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
		f1p_json_num(j, lap->win[i], 4);
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

static double number_of(struct f1p_json_slice s)
{
	char text[32];
	size_t n = s.n < sizeof(text) - 1 ? s.n : sizeof(text) - 1;
	memcpy(text, s.text, n);
	text[n] = '\0';
	double v = 0, unit = 1;
	size_t i = 0;
	for (; i < n && text[i] >= '0' && text[i] <= '9'; i++) {
		v = v * 10 + (text[i] - '0');
	}
	for (i += text[i] == '.'; i < n && text[i] >= '0' && text[i] <= '9'; i++) {
		v = v * 10 + (text[i] - '0');
		unit *= 10;
	}
	return v / unit;
}

static void read_car(struct history_lap *lap, struct f1p_json_slice object)
{
	struct f1p_json_cutter cut;
	struct f1p_json_slice key, value;
	double win = 0;
	uint16_t number = 0;
	if (!f1p_json_cut_begin(&cut, object.text, object.n)) {
		return;
	}
	while (f1p_json_cut_next(&cut, &key, &value) == F1P_OK) {
		if (f1p_json_slice_is(key, "number")) {
			number = (uint16_t)number_of(value);
		} else if (f1p_json_slice_is(key, "win")) {
			win = number_of(value);
			break;
		}
	}
	if (number && win >= WIN_SHOWN && lap->n < F1P_MAX_CARS) {
		lap->car[lap->n] = number;
		lap->win[lap->n++] = win;
	}
}

static void read_cars(struct history_lap *lap, struct f1p_json_slice array)
{
	struct f1p_json_cutter cut;
	struct f1p_json_slice item;
	if (f1p_json_cut_begin(&cut, array.text, array.n)) {
		while (f1p_json_cut_next(&cut, NULL, &item) == F1P_OK) {
			read_car(lap, item);
		}
	}
}

bool history_of_forecast(struct f1p_json *j, const char *forecast, size_t n)
{
	struct history_lap lap = {0};
	struct f1p_json_cutter cut;
	struct f1p_json_slice key, value;
	uint64_t number = 0;
	if (!f1p_json_cut_begin(&cut, forecast, n)) {
		return false;
	}
	while (f1p_json_cut_next(&cut, &key, &value) == F1P_OK) {
		if (f1p_json_slice_is(key, "lap")) {
			number = (uint64_t)number_of(value);
		} else if (f1p_json_slice_is(key, "cars")) {
			read_cars(&lap, value);
		}
	}
	if (number < 1 || number > F1P_MAX_LAPS || lap.n == 0) {
		return false;
	}
	encode_lap(j, number, &lap);
	return true;
}
