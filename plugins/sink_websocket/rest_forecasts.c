/*
 * rest_forecasts.c - forecasts over the laps of the session, and what the cars could do next.
 */
#include "api.h"

#include <string.h>

#include "cut.h"
#include "helpers/encode_keys.h"
#include "list.h"
#include "sink_websocket.h"

static void key_chance(struct f1p_json *j, const char *key, float p)
{
	f1p_json_key(j, key);
	f1p_json_num(j, (double)p, 4);
}

static void car_row(struct f1p_json *j, const struct logged_car *c, const struct f1p_state *st)
{
	const struct f1p_car *car = st ? f1p_state_car(st, c->car) : NULL;
	f1p_json_object(j);
	key_count(j, "number", c->car);
	f1p_json_key(j, "code");
	if (car) {
		f1p_encode_text(j, car->code, sizeof(car->code));
	} else {
		f1p_json_null(j);
	}
	key_chance(j, "win", c->win);
	key_chance(j, "podium", c->podium);
	key_chance(j, "points", c->points);
	key_chance(j, "retire", c->retire);
	f1p_json_key(j, "expected_position");
	f1p_json_num(j, (double)c->expected, 2);
	key_ref(j, "q05", c->q05);
	key_ref(j, "q25", c->q25);
	key_ref(j, "q50", c->q50);
	key_ref(j, "q75", c->q75);
	key_ref(j, "q95", c->q95);
	f1p_json_end(j);
}

static void lap_row(struct list *l, const struct logged_lap *lap, int32_t number, const struct f1p_state *st)
{
	f1p_json_object(&l->j);
	key_int(&l->j, "lap", number);
	key_count(&l->j, "seq", lap->seq);
	key_time(&l->j, "time", lap->t_event_ns);
	key_chance(&l->j, "confidence", lap->confidence);
	f1p_json_key(&l->j, "cars");
	f1p_json_array(&l->j);
	for (uint16_t i = 0; i < lap->n_cars; i++) {
		if (list_wants_driver(l, lap->cars[i].car)) {
			car_row(&l->j, &lap->cars[i], st);
		}
	}
	f1p_json_end(&l->j);
	f1p_json_end(&l->j);
}

static void get_forecasts(struct sink *s, const struct request *r, struct answer *a)
{
	const struct f1p_state *st = s->stream.state;
	struct list l;
	struct frame *doc = rest_state_document(s, r, a);
	if (!doc || !list_read(&l, r, a, LIST_DRIVER | LIST_LAPS, NULL, st)) {
		frame_unref(doc);
		return;
	}
	list_open(&l, "forecasts", doc);
	frame_unref(doc);
	for (int32_t lap = l.from_lap; lap <= l.to_lap && lap <= s->forecasts->n_laps; lap++) {
		const struct logged_lap *logged = &s->forecasts->laps[lap - 1];
		bool known = logged->seq != 0 && (r->until_ns == F1P_UNKNOWN_NS || logged->t_event_ns <= r->until_ns);
		if (known && list_row(&l)) {
			lap_row(&l, logged, lap, st);
		}
	}
	list_close(&l);
}

/* --------------------------------------------------------------- strategy */

static void strategy_row(void *arg, struct f1p_json_slice car)
{
	struct list *l = arg;
	if (list_wants_driver(l, (uint16_t)cut_number(car, "number", 0))) {
		list_row_as_it_stands(l, car);
	}
}

/* Of the insights what concerns stops: the chances of a neutralisation, and the cars that are asked for. */
static void write_strategy(struct list *l, struct f1p_json_slice insights)
{
	static const char *const names[] = {
		"seq", "time", "trigger", "lap", "snapshot_seq", "runs", "sc_within_5", "vsc_within_5", "red_within_5", NULL};
	struct f1p_json_slice cars = {NULL, 0};
	f1p_json_object(&l->j);
	cut_copy(&l->j, insights, names);
	cut_member(insights, "cars", &cars);
	f1p_json_key(&l->j, "cars");
	f1p_json_array(&l->j);
	cut_each(cars, strategy_row, l);
	f1p_json_end(&l->j);
	f1p_json_end(&l->j);
}

/* {"insights": null}, or the member of a document that has it. */
static struct frame *only_insights(const struct frame *doc)
{
	static const char *const names[] = {"insights", NULL};
	struct f1p_json j;
	f1p_json_init(&j);
	f1p_json_object(&j);
	if (doc) {
		cut_copy(&j, cut_whole(doc), names);
	} else {
		f1p_json_key(&j, "insights");
		f1p_json_null(&j);
	}
	f1p_json_end(&j);
	return frame_of_json(0, &j);
}

/* As of the request's time: {"insights": {...} or null}. False: the problem is in the answer. */
static bool find_insights(struct sink *s, const struct request *r, struct answer *insights, struct answer *problem)
{
	if (r->until_ns == F1P_UNKNOWN_NS) {
		return rest_fetch(s, r, "/api/v1/insights", insights, problem);
	}
	struct frame *doc = stream_document_at(&s->stream, STREAM_DOC_INSIGHTS, r->position);
	*insights = (struct answer){.status = 200, .content_type = "application/json", .body = only_insights(doc)};
	frame_unref(doc);
	return insights->body != NULL;
}

static void get_insights(struct sink *s, const struct request *r, struct answer *a)
{
	struct answer insights;
	if (find_insights(s, r, &insights, a)) {
		*a = insights;
	}
}

static void get_strategy(struct sink *s, const struct request *r, struct answer *a)
{
	struct answer insights;
	struct f1p_json_slice found;
	struct list l;
	if (!list_read(&l, r, a, LIST_DRIVER, NULL, s->stream.state) || !find_insights(s, r, &insights, a)) {
		return;
	}
	f1p_json_init(&l.j);
	f1p_json_object(&l.j);
	f1p_json_key(&l.j, "strategy");
	if (cut_member(cut_whole(insights.body), "insights", &found) && found.text[0] == '{') {
		write_strategy(&l, found);
	} else {
		f1p_json_null(&l.j);
	}
	f1p_json_end(&l.j);
	list_answer(&l);
	frame_unref(insights.body);
	answer_finish(&insights);
}

static const struct own_route items[] = {
	{.method = F1P_GET, .scope = F1P_SCOPE_READ, .path = "/api/v1/forecasts", .answer = get_forecasts},
	{.method = F1P_GET, .scope = F1P_SCOPE_READ, .path = "/api/v1/insights", .answer = get_insights},
	{.method = F1P_GET, .scope = F1P_SCOPE_READ, .path = "/api/v1/strategy", .answer = get_strategy},
};

struct own_routes forecast_routes(void)
{
	return OWN_ROUTES(items);
}
