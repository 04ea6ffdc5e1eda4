/*
 * rest_rows.c - the parts of the state as lists: drivers, laps, stints, messages of race control; and the weather.
 *
 * All but the laps are cut from the state's document, so that they say the same as it does, also as of an earlier time.
 */
#include "api.h"

#include <string.h>

#include "cut.h"
#include "helpers/encode_keys.h"
#include "list.h"
#include "sink_websocket.h"

struct rows {
	struct list l;
	char category[32], flag[32]; /* of race control; "" = all */
};

static struct f1p_json_slice member_of(const struct frame *doc, const char *name)
{
	struct f1p_json_slice value = {NULL, 0};
	cut_member(cut_whole(doc), name, &value);
	return value;
}

/* From a member of the state's document that is an array, each element to fn. */
static void from_document(struct sink *s, const struct request *r, struct answer *a, struct rows *rows, const char *const *more,
	const char *member, const char *name, void (*fn)(void *rows, struct f1p_json_slice element))
{
	struct frame *doc = rest_state_document(s, r, a);
	if (!doc) {
		return;
	}
	if (list_read(&rows->l, r, a, LIST_DRIVER, more, s->stream.state)) {
		list_open(&rows->l, name, doc);
		cut_each(member_of(doc, member), fn, rows);
		list_close(&rows->l);
	}
	frame_unref(doc);
}

static bool wants(const struct rows *rows, struct f1p_json_slice car)
{
	return list_wants_driver(&rows->l, (uint16_t)cut_number(car, "number", 0));
}

/* ---------------------------------------------------------------- drivers */

static void driver_row(void *arg, struct f1p_json_slice car)
{
	static const char *const names[] = {"number", "code", "name", "team", "country", "colour", "position", "grid", "laps", "stops",
		"best_ms", "best_lap", "retired", NULL};
	struct rows *rows = arg;
	if (wants(rows, car) && list_row(&rows->l)) {
		f1p_json_object(&rows->l.j);
		cut_copy(&rows->l.j, car, names);
		f1p_json_end(&rows->l.j);
	}
}

static void get_drivers(struct sink *s, const struct request *r, struct answer *a)
{
	struct rows rows = {0};
	from_document(s, r, a, &rows, NULL, "cars", "drivers", driver_row);
}

/* ----------------------------------------------------------------- stints */

struct stints {
	struct rows *rows;
	struct f1p_json_slice car;
	uint32_t n;
};

static void stint_row(void *arg, struct f1p_json_slice stint)
{
	static const char *const of_car[] = {"number", "code", NULL};
	static const char *const of_stint[] = {"compound", "new", "first_lap", NULL};
	struct stints *st = arg;
	struct f1p_json *j = &st->rows->l.j;
	int32_t total = cut_number(stint, "laps", F1P_UNKNOWN), before = cut_number(stint, "age", F1P_UNKNOWN);
	st->n++;
	if (!list_row(&st->rows->l)) {
		return;
	}
	f1p_json_object(j);
	cut_copy(j, st->car, of_car);
	key_count(j, "stint", st->n);
	cut_copy(j, stint, of_stint);
	key_int(j, "laps", total == F1P_UNKNOWN || before == F1P_UNKNOWN ? F1P_UNKNOWN : total - before);
	key_int(j, "tyre_age_at_start", before);
	f1p_json_end(j);
}

static void stints_of_car(void *arg, struct f1p_json_slice car)
{
	struct stints st = {.rows = arg, .car = car};
	struct f1p_json_slice list;
	if (wants(st.rows, car) && cut_member(car, "stints", &list)) {
		cut_each(list, stint_row, &st);
	}
}

static void get_stints(struct sink *s, const struct request *r, struct answer *a)
{
	struct rows rows = {0};
	from_document(s, r, a, &rows, NULL, "cars", "stints", stints_of_car);
}

/* ----------------------------------------------------------- race control */

static void message_row(void *arg, struct f1p_json_slice message)
{
	struct rows *rows = arg;
	if ((!rows->category[0] || cut_is(message, "category", rows->category)) && (!rows->flag[0] || cut_is(message, "flag", rows->flag)) &&
		list_wants_driver(&rows->l, (uint16_t)cut_number(message, "car", 0))) {
		list_row_as_it_stands(&rows->l, message);
	}
}

static void get_race_control(struct sink *s, const struct request *r, struct answer *a)
{
	static const char *const more[] = {"category", "flag", NULL};
	struct rows rows = {0};
	if (request_argument(r->query, more[0], rows.category, sizeof(rows.category)) < 0 ||
		request_argument(r->query, more[1], rows.flag, sizeof(rows.flag)) < 0) {
		answer_problem(a, 400, "Bad request", "category and flag are words, given once: category=safety_car, flag=yellow");
		return;
	}
	from_document(s, r, a, &rows, more, "race_control", "race_control", message_row);
}

/* ---------------------------------------------------------------- weather */

static void get_weather(struct sink *s, const struct request *r, struct answer *a)
{
	static const char *const names[] = {"seq", "time", "simulated", "track", "weather", "outlook", NULL};
	struct list l;
	struct frame *doc = rest_state_document(s, r, a);
	if (!doc) {
		return;
	}
	if (list_read(&l, r, a, 0, NULL, NULL)) {
		f1p_json_init(&l.j);
		f1p_json_object(&l.j);
		cut_copy(&l.j, cut_whole(doc), names);
		f1p_json_end(&l.j);
		list_answer(&l);
	}
	frame_unref(doc);
}

/* ------------------------------------------------------------------- laps */

static void lap_row(struct f1p_json *j, const struct f1p_car *c, int32_t number)
{
	const struct f1p_lap *lap = &c->history[number - 1];
	const struct {
		const char *key;
		uint32_t bit;
	} flags[] = {{"in_lap", F1P_LAPF_IN}, {"out_lap", F1P_LAPF_OUT}, {"neutralised", F1P_LAPF_NEUTRAL}, {"yellow", F1P_LAPF_YELLOW},
		{"inferred", F1P_LAPF_INFERRED}};
	f1p_json_object(j);
	key_count(j, "number", c->number);
	KEY_TEXT(j, "code", c->code);
	key_int(j, "lap", number);
	key_int(j, "time_ms", lap->time_ms);
	key_int(j, "gap_ms", lap->gap_ms);
	key_int(j, "interval_ms", lap->interval_ms);
	key_int(j, "elapsed_ms", lap->elapsed_ms);
	key_ref(j, "position", lap->position);
	key_name(j, "compound", f1p_compound_name(lap->compound ? lap->compound : F1P_TYRE_UNKNOWN));
	key_int(j, "tyre_age", lap->tyre_age == 0xffff ? F1P_UNKNOWN : lap->tyre_age);
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		f1p_json_key(j, flags[i].key);
		f1p_json_bool(j, (lap->flags & flags[i].bit) != 0);
	}
	f1p_json_end(j);
}

/* Laps that had ended by then; of one without a time nobody can tell. */
static bool had_ended(const struct f1p_state *st, const struct f1p_lap *lap, int64_t until_ns)
{
	if (until_ns == F1P_UNKNOWN_NS) {
		return true;
	}
	return st->t_green_ns != F1P_UNKNOWN_NS && lap->elapsed_ms != F1P_UNKNOWN &&
	       st->t_green_ns + lap->elapsed_ms * INT64_C(1000000) <= until_ns;
}

struct laps {
	struct list l;
	const struct f1p_state *st;
};

/* number: of a car, as the document's running order lists it. */
static void laps_of_car(void *arg, struct f1p_json_slice number)
{
	struct laps *laps = arg;
	struct list *l = &laps->l;
	uint16_t car = (uint16_t)cut_integer(number, 0);
	const struct f1p_car *c = f1p_state_car(laps->st, car);
	int32_t last = c && c->n_laps < l->to_lap ? c->n_laps : l->to_lap;
	if (!c || !list_wants_driver(l, car)) {
		return;
	}
	for (int32_t lap = l->from_lap; lap <= last; lap++) {
		if (had_ended(laps->st, &c->history[lap - 1], l->request->until_ns) && list_row(l)) {
			lap_row(&l->j, c, lap);
		}
	}
}

static void get_laps(struct sink *s, const struct request *r, struct answer *a)
{
	struct laps laps = {.st = s->stream.state};
	struct frame *doc = rest_state_document(s, r, a);
	if (!doc) {
		return;
	}
	if (list_read(&laps.l, r, a, LIST_DRIVER | LIST_LAPS, NULL, laps.st)) {
		list_open(&laps.l, "laps", doc);
		if (laps.st) {
			cut_each(member_of(doc, "order"), laps_of_car, &laps);
		}
		list_close(&laps.l);
	}
	frame_unref(doc);
}

static const struct own_route items[] = {
	{.method = F1P_GET, .scope = F1P_SCOPE_READ, .path = "/api/v1/drivers", .answer = get_drivers},
	{.method = F1P_GET, .scope = F1P_SCOPE_READ, .path = "/api/v1/laps", .answer = get_laps},
	{.method = F1P_GET, .scope = F1P_SCOPE_READ, .path = "/api/v1/stints", .answer = get_stints},
	{.method = F1P_GET, .scope = F1P_SCOPE_READ, .path = "/api/v1/race_control", .answer = get_race_control},
	{.method = F1P_GET, .scope = F1P_SCOPE_READ, .path = "/api/v1/weather", .answer = get_weather},
};

struct own_routes rows_routes(void)
{
	return OWN_ROUTES(items);
}
