/*
 * decoder.c - life of the decoder, which row goes where, and the snapshot.
 */
#include "decoder.h"

#include <stdlib.h>
#include <string.h>

#define AHEAD_NS (120 * NS_PER_S) /* the clocks of the feed and of this machine differ by less */

struct collection {
	const char *name;
	void (*merge)(struct of1_decoder *); /* NULL: counted only */
	bool any_session;                    /* its rows may carry another session's key */
};
static const struct collection collections[OF1_COLLECTIONS] = {
	[OF1_NONE] = {"", NULL, true},
	[OF1_SESSIONS] = {"sessions", of1_merge_session, false},
	[OF1_MEETINGS] = {"meetings", of1_merge_meeting, true},
	[OF1_DRIVERS] = {"drivers", of1_merge_driver, false},
	[OF1_STARTING_GRID] = {"starting_grid", of1_merge_grid, true}, /* the key is that of qualifying */
	[OF1_RACE_CONTROL] = {"race_control", of1_merge_control, false},
	[OF1_POSITION] = {"position", of1_merge_position, false},
	[OF1_LAPS] = {"laps", of1_merge_lap, false},
	[OF1_STINTS] = {"stints", of1_merge_stint, false},
	[OF1_PIT] = {"pit", of1_merge_pit, false},
	[OF1_INTERVALS] = {"intervals", of1_merge_interval, false},
	[OF1_WEATHER] = {"weather", of1_merge_weather, false},
	[OF1_CAR_DATA] = {"car_data", of1_merge_car_data, false},
	[OF1_LOCATION] = {"location", of1_merge_location, false},
	[OF1_SESSION_RESULT] = {"session_result", of1_merge_result, false},
	[OF1_OVERTAKES] = {"overtakes", NULL, true},
	[OF1_TEAM_RADIO] = {"team_radio", NULL, true},
	[OF1_CHAMPIONSHIP_DRIVERS] = {"championship_drivers", NULL, true},
	[OF1_CHAMPIONSHIP_TEAMS] = {"championship_teams", NULL, true},
};

const char *of1_collection_name(enum of1_collection c)
{
	return c > OF1_NONE && c < OF1_COLLECTIONS ? collections[c].name : "";
}

enum of1_collection of1_collection_find(const char *name, size_t n)
{
	for (int c = OF1_NONE + 1; c < OF1_COLLECTIONS; c++) {
		if (strlen(collections[c].name) == n && memcmp(collections[c].name, name, n) == 0) {
			return (enum of1_collection)c;
		}
	}
	return OF1_NONE;
}

/* ---- life ---- */

static void forget(struct of1_decoder *d)
{
	d->session = (struct f1p_ev_session){.type = F1P_SESSION_UNKNOWN,
		.t_start_ns = F1P_UNKNOWN_NS,
		.t_end_ns = F1P_UNKNOWN_NS,
		.gmt_offset_s = F1P_UNKNOWN};
	d->session_known = false;
	d->told_ns = 0;
	for (size_t i = 0; i < OF1_COLLECTIONS; i++) {
		d->newest_ns[i] = F1P_UNKNOWN_NS;
	}
	d->weather = (struct f1p_ev_weather){0};
	d->t_weather_ns = 0;
	of1_control_init(&d->control);
	d->best_ms = 0;
	d->total_laps = F1P_UNKNOWN;
	d->n_messages = 0;
	d->n_cars = 0;
	memset(d->cars, 0, F1P_MAX_CARS * sizeof(*d->cars));
	memset(d->car_slot, 0, sizeof(d->car_slot));
	of1_outbox_clear(&d->out);
}

struct of1_decoder *of1_create(of1_emit_fn emit, void *arg)
{
	struct of1_decoder *d = calloc(1, sizeof(*d));

	if (d == NULL) {
		return NULL;
	}
	d->emit = emit;
	d->arg = arg;
	d->cars = calloc(F1P_MAX_CARS, sizeof(*d->cars));
	d->messages = calloc(OF1_MAX_CONTROL, sizeof(*d->messages));
	d->message_hashes = calloc(OF1_MAX_CONTROL, sizeof(*d->message_hashes));
	if (d->cars == NULL || d->messages == NULL || d->message_hashes == NULL) {
		of1_destroy(d);
		return NULL;
	}
	forget(d);
	return d;
}

void of1_destroy(struct of1_decoder *d)
{
	if (d == NULL) {
		return;
	}
	of1_outbox_finish(&d->out);
	free(d->cars);
	free(d->messages);
	free(d->message_hashes);
	free(d);
}

void of1_set_session(struct of1_decoder *d, uint32_t session_key, uint32_t meeting_key)
{
	if (session_key != d->session_key) {
		forget(d);
	}
	d->session_key = session_key;
	d->meeting_key = meeting_key;
}

uint32_t of1_meeting_key(const struct of1_decoder *d)
{
	return d->meeting_key;
}

bool of1_session_is_race(const struct of1_decoder *d)
{
	return of1_is_race(d);
}

bool of1_session_is_full_race(const struct of1_decoder *d)
{
	return d->session.type == F1P_SESSION_RACE;
}

void of1_set_silent(struct of1_decoder *d, bool silent)
{
	d->silent = silent;
}

int64_t of1_newest_ns(const struct of1_decoder *d, enum of1_collection c)
{
	return c > OF1_NONE && c < OF1_COLLECTIONS ? d->newest_ns[c] : F1P_UNKNOWN_NS;
}

int32_t of1_leader_lap(const struct of1_decoder *d)
{
	int32_t lap = 0;

	for (uint32_t i = 0; i < d->n_cars; i++) {
		lap = d->cars[i].begun > lap ? d->cars[i].begun : lap;
	}
	return lap;
}

bool of1_is_over(const struct of1_decoder *d)
{
	return d->control.status >= F1P_STATUS_FINISHED;
}

int64_t of1_told_ns(const struct of1_decoder *d)
{
	return d->told_ns;
}

bool of1_is_race(const struct of1_decoder *d)
{
	return d->session.type == F1P_SESSION_RACE || d->session.type == F1P_SESSION_SPRINT;
}

const struct of1_stats *of1_get_stats(const struct of1_decoder *d)
{
	return &d->stats;
}

/* ---- rows ---- */

int64_t of1_row_time(struct of1_decoder *d)
{
	return of1_has(&d->row, OF1_F_DATE) ? d->row.date_ns : d->now_ns;
}

struct of1_car *of1_row_car(struct of1_decoder *d)
{
	uint16_t number = (uint16_t)d->row.driver;
	struct of1_car *car = NULL;

	if (!of1_has(&d->row, OF1_F_DRIVER) || (d->car_slot[number] == 0 && d->n_cars == F1P_MAX_CARS)) {
		d->stats.incomplete++;
		return NULL;
	}
	if (d->car_slot[number] == 0) {
		d->car_slot[number] = (uint8_t)(d->n_cars + 1);
		car = &d->cars[d->n_cars++];
		car->number = number;
		car->position = car->grid = F1P_UNKNOWN;
		car->gap = (struct f1p_ev_car_gap){.car = number};
		car->driver = (struct f1p_ev_driver){.car = number};
	}
	return &d->cars[d->car_slot[number] - 1];
}

static bool of_this_session(const struct of1_decoder *d, enum of1_collection c)
{
	const struct of1_row *row = &d->row;

	if (collections[c].any_session) {
		return d->meeting_key == 0 || !of1_has(row, OF1_F_MEETING_KEY) || (uint32_t)row->meeting_key == d->meeting_key;
	}
	return d->session_key == 0 || !of1_has(row, OF1_F_SESSION_KEY) || (uint32_t)row->session_key == d->session_key;
}

static void note_date(struct of1_decoder *d, enum of1_collection c)
{
	struct of1_row *row = &d->row;

	if (!of1_has(row, OF1_F_DATE)) {
		return;
	}
	if (row->date_ns > d->now_ns + AHEAD_NS) {
		d->stats.future++;
		row->date_ns = d->now_ns;
	}
	if (row->date_ns > d->newest_ns[c]) {
		d->newest_ns[c] = row->date_ns;
	}
}

static bool take_row(struct of1_decoder *d, enum of1_collection c, const char *text, size_t n)
{
	uint64_t before = d->changes + d->stats.stale + d->stats.incomplete;

	d->stats.rows[c]++;
	if (collections[c].merge == NULL) {
		return true;
	}
	if (of1_row_read(&d->row, text, n) != F1P_OK) {
		d->stats.broken++;
		return false;
	}
	d->stats.unknown_fields += d->row.unknown_fields;
	d->stats.bad_values += d->row.bad_values;
	if (!of_this_session(d, c)) {
		d->stats.other_session++;
		return true;
	}
	note_date(d, c);
	of1_check_resume(d, of1_row_time(d));
	collections[c].merge(d);
	d->stats.same += d->changes + d->stats.stale + d->stats.incomplete == before;
	return true;
}

f1p_status of1_some_rows(struct of1_decoder *d, enum of1_collection c, struct f1p_json_cutter *cutter, uint32_t max_rows,
	int64_t now_ns)
{
	d->now_ns = now_ns;
	of1_outbox_go_on(d, UINT32_MAX); /* what is new must not come before it */
	for (uint32_t i = 0; i < max_rows; i++) {
		struct f1p_json_slice row;
		f1p_status status = f1p_json_cut_next(cutter, NULL, &row);

		if (status != F1P_OK) {
			return status;
		}
		take_row(d, c, row.text, row.n); /* one bad row does not spoil the others */
	}
	return F1P_OK;
}

f1p_status of1_rows(struct of1_decoder *d, enum of1_collection c, const char *json, size_t n, int64_t now_ns)
{
	struct f1p_json_cutter cutter;
	size_t at = 0;
	f1p_status status = F1P_OK;

	d->now_ns = now_ns;
	if (c <= OF1_NONE || c >= OF1_COLLECTIONS) {
		return F1P_EINVAL;
	}
	while (at < n && (json[at] == ' ' || json[at] == '\t' || json[at] == '\r' || json[at] == '\n')) {
		at++;
	}
	if (at < n && json[at] == '{') {
		of1_outbox_go_on(d, UINT32_MAX);
		return take_row(d, c, json, n) ? F1P_OK : F1P_EINVAL;
	}
	if (at == n || json[at] != '[' || !f1p_json_cut_begin(&cutter, json, n)) {
		return F1P_EINVAL;
	}
	while ((status = of1_some_rows(d, c, &cutter, UINT32_MAX, now_ns)) == F1P_OK) {
	}
	return status == F1P_END ? F1P_OK : F1P_EINVAL;
}

void of1_flush(struct of1_decoder *d, int64_t now_ns)
{
	d->now_ns = now_ns;
	of1_outbox_go_on(d, UINT32_MAX);
	of1_check_resume(d, now_ns);
	of1_outbox_tell(d, 0, F1P_UNKNOWN_NS);
}

void of1_set_slice(struct of1_decoder *d, uint32_t max_events)
{
	d->slice = max_events;
}

bool of1_tell_more(struct of1_decoder *d)
{
	of1_outbox_go_on(d, d->slice != 0 ? d->slice : UINT32_MAX);
	return d->out.telling;
}

bool of1_has_more(const struct of1_decoder *d)
{
	return d->out.telling;
}

/* ---- snapshot ---- */

static void tell_total(struct of1_decoder *d)
{
	struct f1p_ev_lap_count ev = {.mask = F1P_LAPS_TOTAL, .total = d->total_laps};

	if (d->total_laps != F1P_UNKNOWN) {
		OF1_PUSH(d, F1P_EV_LAP_COUNT, d->now_ns, &ev);
	}
}

void of1_set_total_laps(struct of1_decoder *d, int32_t total)
{
	of1_outbox_go_on(d, UINT32_MAX);
	if (total != d->total_laps) {
		d->total_laps = total;
		tell_total(d);
	}
}

static void tell_session(struct of1_decoder *d)
{
	const struct of1_control *c = &d->control;
	struct f1p_event reset;
	struct f1p_ev_session session = d->session;
	struct f1p_ev_session_status status = {.value = c->status != F1P_STATUS_UNKNOWN ? c->status : F1P_STATUS_INACTIVE,
		.t_first_start_ns = of1_first_start_ns(d)};

	OF1_PUSH(d, F1P_EV_FEED_RESET, d->now_ns, &reset);
	OF1_PUSH(d, F1P_EV_SESSION, d->now_ns, &session);
	OF1_PUSH(d, F1P_EV_SESSION_STATUS, d->now_ns, &status);
	if (c->part != 255) {
		of1_push_value(d, F1P_EV_SESSION_PART, d->now_ns, c->part);
	}
	of1_push_value(d, F1P_EV_TRACK_STATUS, d->now_ns, c->track != F1P_TRACK_UNKNOWN ? c->track : F1P_TRACK_CLEAR);
	tell_total(d);
}

static void tell_car(struct of1_decoder *d, struct of1_car *car)
{
	struct f1p_ev_driver driver = car->driver;
	struct f1p_ev_car_gap gap = car->gap;

	OF1_PUSH(d, F1P_EV_DRIVER, d->now_ns, &driver);
	if (car->grid != F1P_UNKNOWN) {
		of1_push_car_value(d, F1P_EV_CAR_GRID, d->now_ns, car, car->grid);
	}
	if (car->position != F1P_UNKNOWN) {
		of1_push_car_value(d, F1P_EV_CAR_POSITION, d->now_ns, car, car->position);
	}
	if (gap.mask != 0) {
		OF1_PUSH(d, F1P_EV_CAR_GAP, d->now_ns, &gap);
	}
	if (car->retired == F1P_YES) {
		struct f1p_ev_car_status status = {.mask = F1P_CAR_RETIRED, .car = car->number, .retired = F1P_YES};

		OF1_PUSH(d, F1P_EV_CAR_STATUS, d->now_ns, &status);
	}
	of1_tell_stints(d, car);
	of1_tell_laps(d, car);
	of1_tell_pits(d, car);
}

void of1_snapshot(struct of1_decoder *d, int64_t now_ns)
{
	d->now_ns = now_ns;
	d->silent = false;
	of1_outbox_clear(&d->out);
	of1_check_resume(d, now_ns);
	of1_outbox_clear(&d->out);
	tell_session(d);
	for (uint32_t i = 0; i < d->n_cars; i++) {
		tell_car(d, &d->cars[i]);
	}
	for (uint32_t i = 0; i < d->n_messages; i++) {
		struct f1p_ev_race_control message = d->messages[i];

		OF1_PUSH(d, F1P_EV_RACE_CONTROL, now_ns, &message);
	}
	if (d->weather.mask != 0) {
		struct f1p_ev_weather weather = d->weather;

		OF1_PUSH(d, F1P_EV_WEATHER, now_ns, &weather);
	}
	of1_outbox_tell(d, F1P_EVF_SNAPSHOT, now_ns);
}
