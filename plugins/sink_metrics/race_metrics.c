/*
 * race_metrics.c - see race_metrics.h.
 */
#include "race_metrics.h"

#include <stdio.h>
#include <string.h>

#include "helpers/encode.h"

bool race_metrics_own(const char *family)
{
	static const char *const names[] = {"f1pd_up", "f1pd_data_age_seconds", "f1pd_seq", "f1pd_speed", "f1pd_paused",
		"f1pd_simulated", "f1pd_source_ended", "f1pd_sources_running", "f1pd_sources", "f1pd_plugins_quarantined",
		"f1pd_uptime_seconds", "f1pd_lap", "f1pd_laps_scheduled", "f1pd_cars_running", "f1pd_track_status",
		"f1pd_car_position", "f1pd_car_win_probability", "f1pd_car_podium_probability", "f1pd_car_expected_position",
		"f1pd_forecast_confidence", "f1pd_forecast_error"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(names[i], family) == 0) {
			return true;
		}
	}
	return false;
}

void race_forecast_take(struct race_forecast *r, const struct f1p_event *event)
{
	const struct f1p_ev_forecast *ev = (const void *)event;

	if (event->space != F1P_SPACE_CORE) {
		return;
	}
	if (event->type == F1P_EV_FEED_RESET) {
		*r = (struct race_forecast){0};
	}
	if (event->type != F1P_EV_FORECAST || event->size < offsetof(struct f1p_ev_forecast, forecast.cars) ||
		!f1p_forecast_event_valid(ev) || !ev->published) {
		return;
	}
	r->n_cars = ev->forecast.n_cars;
	r->confidence = ev->forecast.confidence;
	r->mc_error = ev->forecast.mc_error;
	for (uint32_t i = 0; i < r->n_cars; i++) {
		const struct f1p_car_forecast *car = &ev->forecast.cars[i];

		r->cars[i].car = car->car;
		r->cars[i].win = car->p_win;
		r->cars[i].podium = car->p_podium;
		r->cars[i].expected = car->expected_position;
	}
}

static void tri(struct exposition *e, const char *name, const char *help, uint8_t value)
{
	if (value == F1P_YES || value == F1P_NO) {
		exposition_gauge(e, name, help, value == F1P_YES ? 1 : 0);
	}
}

void race_metrics_health(struct exposition *e, const struct f1p_health *h)
{
	if (h->data_age_ms != F1P_UNKNOWN_NS) {
		exposition_gauge(
			e, "f1pd_data_age_seconds", "Real time since the last accepted event", (double)h->data_age_ms / 1000.0);
	}
	exposition_gauge(e, "f1pd_seq", "Newest sequence number of the journal", (double)h->seq);
	exposition_gauge(e, "f1pd_speed", "Pace of the virtual clock: 1 is real time, 0 as fast as possible", h->speed);
	tri(e, "f1pd_paused", "1 while a replay is paused", h->paused);
	tri(e, "f1pd_simulated", "1 if the data is of no real race", h->simulated);
	tri(e, "f1pd_source_ended", "1 if no source has more data", h->source_ended);
	exposition_gauge(e, "f1pd_sources_running", "Source instances that run", h->sources_running);
	exposition_gauge(e, "f1pd_sources", "Source instances that are configured", h->sources_total);
	exposition_gauge(
		e, "f1pd_plugins_quarantined", "Plugin instances given up after repeated failures", h->plugins_quarantined);
	exposition_gauge(e, "f1pd_uptime_seconds", "Real time since the daemon started", (double)h->uptime_ms / 1000.0);
}

static void car_label(char *out, size_t size, uint16_t number, const struct f1p_state *state)
{
	const struct f1p_car *car = state ? f1p_state_car(state, number) : NULL;
	char text[16];

	if (car && car->code[0]) {
		snprintf(text, sizeof(text), "%.7s", car->code);
	} else {
		snprintf(text, sizeof(text), "%u", (unsigned)number);
	}
	exposition_label(out, size, "car", text);
}

static void track_status(struct exposition *e, uint8_t track)
{
	char label[64];

	exposition_family(e, F1P_METRIC_GAUGE, "f1pd_track_status", "1 for the status that the track has");
	for (int status = F1P_TRACK_UNKNOWN; status <= F1P_TRACK_VSC_ENDING; status++) {
		exposition_label(label, sizeof(label), "status", f1p_track_status_name(status));
		exposition_sample(e, "", label, status == track ? 1 : 0);
	}
}

void race_metrics_state(struct exposition *e, const struct f1p_state *s)
{
	char label[64];
	int running = 0;

	if (s->lap != F1P_UNKNOWN) {
		exposition_gauge(e, "f1pd_lap", "Lap that the leader is on", s->lap);
	}
	if (s->total_laps != F1P_UNKNOWN) {
		exposition_gauge(e, "f1pd_laps_scheduled", "Laps of the race", s->total_laps);
	}
	track_status(e, s->track);
	for (uint32_t i = 0; i < s->n_cars; i++) {
		running += s->cars[i].retired != F1P_YES;
	}
	exposition_gauge(e, "f1pd_cars_running", "Cars that have not retired", running);
	for (uint32_t i = 0; i < s->n_cars; i++) {
		if (s->cars[i].position != F1P_UNKNOWN) {
			car_label(label, sizeof(label), s->cars[i].number, s);
			exposition_family(e, F1P_METRIC_GAUGE, "f1pd_car_position", "Running order");
			exposition_sample(e, "", label, s->cars[i].position);
		}
	}
}

void race_metrics_forecast(struct exposition *e, const struct race_forecast *f, const struct f1p_state *state)
{
	static const struct {
		const char *name, *help;
	} families[] = {
		{"f1pd_car_win_probability", "Probability of winning, by the published forecast"},
		{"f1pd_car_podium_probability", "Probability of the first three places, by the published forecast"},
		{"f1pd_car_expected_position", "Mean of the finishing position, by the published forecast"},
	};
	char label[64];

	if (f->n_cars == 0) {
		return;
	}
	for (size_t k = 0; k < sizeof(families) / sizeof(families[0]); k++) {
		exposition_family(e, F1P_METRIC_GAUGE, families[k].name, families[k].help);
		for (uint32_t i = 0; i < f->n_cars; i++) {
			double values[] = {f->cars[i].win, f->cars[i].podium, f->cars[i].expected};

			car_label(label, sizeof(label), f->cars[i].car, state);
			exposition_sample(e, "", label, values[k]);
		}
	}
	exposition_gauge(e, "f1pd_forecast_confidence", "Confidence of the published forecast, 0 to 1", f->confidence);
	exposition_gauge(
		e, "f1pd_forecast_error", "Largest standard error of a win probability, from the number of runs", f->mc_error);
}
