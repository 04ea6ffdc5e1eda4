/*
 * openf1_decoder_test.c - what rows make of a session: each fact once, corrections as corrections, statuses from race control.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "openf1.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define S INT64_C(1000000000)
#define START_NS (INT64_C(1904216400) * S) /* 2030-05-05T13:00:00Z */

struct feed {
	struct of1_decoder *d;
	int64_t now_ns;
	uint8_t bytes[1 << 20];
	size_t n, events;
};

static f1p_status keep(void *arg, const struct f1p_event *ev)
{
	struct feed *f = arg;

	assert_true(f->n + ev->size <= sizeof(f->bytes));
	memcpy(f->bytes + f->n, ev, ev->size);
	f->n += ev->size;
	f->events++;
	return F1P_OK;
}

static const void *nth(const struct feed *f, uint16_t type, size_t n)
{
	for (size_t at = 0; at < f->n;) {
		const struct f1p_event *ev = (const void *)(f->bytes + at);

		if (ev->type == type && n-- == 0) {
			return ev;
		}
		at += ev->size;
	}
	return NULL;
}

static size_t count(const struct feed *f, uint16_t type)
{
	size_t n = 0;

	while (nth(f, type, n) != NULL) {
		n++;
	}
	return n;
}

static void forget(struct feed *f)
{
	f->n = f->events = 0;
}

/* Quotes are written ' in these rows. */
static f1p_status tell(struct feed *f, const char *collection, const char *rows)
{
	char text[8192];
	f1p_status status = F1P_OK;

	snprintf(text, sizeof(text), "%s", rows);
	for (char *c = text; *c != '\0'; c++) {
		*c = *c == '\'' ? '"' : *c;
	}
	status = of1_rows(f->d, of1_collection_find(collection, strlen(collection)), text, strlen(text), f->now_ns);
	of1_flush(f->d, f->now_ns);
	return status;
}

static void at(struct feed *f, int64_t s)
{
	f->now_ns = START_NS + s * S;
}

#define SESSION(name, type)                                                                                                      \
	"[{'session_key':1,'meeting_key':2,'session_name':'" name "','session_type':'" type "','date_start':'2030-05-05T13:00:00+00:00'," \
	"'date_end':'2030-05-05T15:00:00+00:00','gmt_offset':'02:00:00','year':2030,'location':'Town','country_code':'EXA'}]"

static void begin(struct feed *f, const char *session)
{
	at(f, 0);
	assert_int_equal(tell(f, "sessions", session), F1P_OK);
}

static int setup(void **state)
{
	struct feed *f = calloc(1, sizeof(*f));

	f->d = of1_create(keep, f);
	begin(f, SESSION("Race", "Race"));
	forget(f);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct feed *f = *state;

	of1_destroy(f->d);
	free(f);
	return 0;
}

/* ---- sessions ---- */

static void sessions_have_their_types(void **state)
{
	static const struct {
		const char *rows;
		uint8_t type, number;
	} cases[] = {{SESSION("Race", "Race"), F1P_SESSION_RACE, 0}, {SESSION("Sprint", "Race"), F1P_SESSION_SPRINT, 0},
		{SESSION("Practice 2", "Practice"), F1P_SESSION_PRACTICE, 2}, {SESSION("Qualifying", "Qualifying"), F1P_SESSION_QUALIFYING, 0},
		{SESSION("Sprint Qualifying", "Sprint Qualifying"), F1P_SESSION_SPRINT_QUALIFYING, 0},
		{SESSION("Sprint Shootout", "Qualifying"), F1P_SESSION_SPRINT_QUALIFYING, 0}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct feed *f = calloc(1, sizeof(*f));
		const struct f1p_ev_session *ev = NULL;

		f->d = of1_create(keep, f);
		begin(f, cases[i].rows);
		ev = nth(f, F1P_EV_SESSION, 0);
		assert_int_equal(ev->type, cases[i].type);
		assert_int_equal(ev->number, cases[i].number);
		assert_int_equal(ev->t_start_ns, START_NS);
		assert_int_equal(ev->gmt_offset_s, 7200);
		of1_destroy(f->d);
		free(f);
	}
}

static void rows_of_another_session_are_dropped(void **state)
{
	struct feed *f = *state;

	tell(f, "position", "[{'session_key':99,'driver_number':1,'date':'2030-05-05T13:00:00','position':1}]");
	assert_int_equal(f->events, 0);
	assert_int_equal(of1_get_stats(f->d)->other_session, 1);
}

/* ---- laps ---- */

static void a_lap_is_told_once_however_often_its_row_comes(void **state)
{
	struct feed *f = *state;
	const struct f1p_ev_car_lap *lap = NULL;

	at(f, 100);
	tell(f, "laps", "{'session_key':1,'driver_number':7,'lap_number':1,'date_start':'2030-05-05T13:00:05','_id':1}");
	assert_int_equal(count(f, F1P_EV_CAR_LAP), 0);
	tell(f, "laps", "{'session_key':1,'driver_number':7,'lap_number':1,'date_start':'2030-05-05T13:00:05','duration_sector_1':30.5,'_id':2}");
	assert_int_equal(count(f, F1P_EV_CAR_SECTOR), 1);
	tell(f, "laps",
		"{'session_key':1,'driver_number':7,'lap_number':1,'date_start':'2030-05-05T13:00:05','duration_sector_1':30.5,'lap_duration':"
		"90.25,'_id':3}");
	lap = nth(f, F1P_EV_CAR_LAP, 0);
	assert_non_null(lap);
	assert_int_equal(lap->laps, 1);
	assert_int_equal(lap->last_ms, 90250);
	assert_int_equal(lap->h.t_event_ns, START_NS + 95250 * (S / 1000));
	forget(f);
	/* the reader of OpenF1 starts anew: old rows, with nulls, with new ids */
	tell(f, "laps", "{'session_key':1,'driver_number':7,'lap_number':1,'date_start':null,'lap_duration':null,'_id':10}");
	tell(f, "laps", "{'session_key':1,'driver_number':7,'lap_number':1,'lap_duration':90.25,'_id':11}");
	assert_int_equal(f->events, 0);
	assert_true(of1_get_stats(f->d)->same >= 2);
}

static void a_later_lap_completes_the_one_before(void **state)
{
	struct feed *f = *state;
	const struct f1p_ev_car_lap *lap = NULL;

	at(f, 300);
	tell(f, "laps",
		"[{'session_key':1,'driver_number':7,'lap_number':1,'date_start':'2030-05-05T13:00:00'},"
		"{'session_key':1,'driver_number':7,'lap_number':3,'date_start':'2030-05-05T13:03:00'}]");
	assert_int_equal(count(f, F1P_EV_CAR_LAP), 2);
	lap = nth(f, F1P_EV_CAR_LAP, 1);
	assert_int_equal(lap->laps, 2);
	assert_true(lap->mask & F1P_LAP_LAST);
	assert_int_equal(lap->last_ms, F1P_UNKNOWN); /* not: the same as before */
	assert_int_equal(lap->h.t_event_ns, START_NS + 180 * S);
	forget(f);
	/* its time comes behind it: still the newest lap, and it says so */
	tell(f, "laps", "{'session_key':1,'driver_number':7,'lap_number':2,'lap_duration':91.0}");
	lap = nth(f, F1P_EV_CAR_LAP, 0);
	assert_true(lap->mask & F1P_LAP_NUMBER);
	assert_int_equal(lap->laps, 2);
	assert_int_equal(lap->last_ms, 91000);
}

static void corrections_are_told_as_such(void **state)
{
	struct feed *f = *state;
	const struct f1p_ev_lap_record *record = NULL;

	at(f, 400);
	tell(f, "laps",
		"[{'session_key':1,'driver_number':7,'lap_number':1,'lap_duration':90.0,'date_start':'2030-05-05T13:00:00'},"
		"{'session_key':1,'driver_number':7,'lap_number':2,'lap_duration':91.0,'date_start':'2030-05-05T13:01:30'}]");
	forget(f);
	tell(f, "laps", "{'session_key':1,'driver_number':7,'lap_number':1,'lap_duration':89.5}");
	assert_int_equal(f->events, 1);
	record = nth(f, F1P_EV_LAP_RECORD, 0);
	assert_int_equal(record->lap, 1);
	assert_int_equal(record->time_ms, 89500);
	assert_int_equal(record->h.t_event_ns, f->now_ns); /* now, not then: the host takes nothing that old */
	forget(f);
	tell(f, "laps", "{'session_key':1,'driver_number':7,'lap_number':2,'lap_duration':91.5}");
	record = nth(f, F1P_EV_LAP_RECORD, 0);
	assert_int_equal(record->time_ms, 91500);
}

static void a_stale_id_does_not_overwrite(void **state)
{
	struct feed *f = *state;

	at(f, 200);
	tell(f, "laps", "{'session_key':1,'driver_number':7,'lap_number':1,'lap_duration':90.0,'_id':20}");
	forget(f);
	tell(f, "laps", "{'session_key':1,'driver_number':7,'lap_number':1,'lap_duration':95.0,'_id':19}");
	assert_int_equal(f->events, 0);
	assert_int_equal(of1_get_stats(f->d)->stale, 1);
}

/* ---- timing ---- */

static void the_leader_has_no_gap_in_any_spelling(void **state)
{
	static const char *const spellings[] = {"null,'interval':null", "0.0,'interval':0.0", "'LAP 5','interval':'LAP 5'", "0,'interval':null"};

	for (size_t i = 0; i < sizeof(spellings) / sizeof(spellings[0]); i++) {
		struct feed *f = *state;
		char row[200];
		const struct f1p_ev_car_gap *gap = NULL;

		teardown(state);
		setup(state);
		f = *state;
		at(f, 60);
		tell(f, "position", "{'session_key':1,'driver_number':7,'date':'2030-05-05T13:00:00','position':1}");
		snprintf(row, sizeof(row), "{'session_key':1,'driver_number':7,'date':'2030-05-05T13:00:50','gap_to_leader':%s}", spellings[i]);
		tell(f, "intervals", row);
		gap = nth(f, F1P_EV_CAR_GAP, 0);
		assert_non_null(gap);
		assert_int_equal(gap->gap_ms, 0);
		assert_int_equal(gap->interval_ms, F1P_UNKNOWN);
	}
}

static void old_rows_of_a_moment_are_dropped(void **state)
{
	struct feed *f = *state;

	at(f, 60);
	tell(f, "position", "{'session_key':1,'driver_number':7,'date':'2030-05-05T13:00:30','position':3}");
	tell(f, "position", "{'session_key':1,'driver_number':7,'date':'2030-05-05T13:00:10','position':9}");
	tell(f, "position", "{'session_key':1,'driver_number':7,'date':'2030-05-05T13:00:40','position':3}");
	assert_int_equal(count(f, F1P_EV_CAR_POSITION), 1);
}

static void one_answer_is_told_in_order_of_time(void **state)
{
	struct feed *f = *state;
	int64_t before = 0;
	size_t more = 0;

	at(f, 60);
	tell(f, "position",
		"[{'session_key':1,'driver_number':7,'date':'2030-05-05T13:00:30','position':3},{'session_key':1,'driver_number':8,'date':"
		"'2030-05-05T13:00:10','position':4},{'session_key':1,'driver_number':9,'date':'2030-05-05T13:00:20','position':5}]");
	/* an hour late, and in the future: at the time of the newest, and now */
	tell(f, "intervals", "{'session_key':1,'driver_number':7,'date':'2030-05-05T12:00:30','gap_to_leader':3.5}");
	tell(f, "intervals", "{'session_key':1,'driver_number':8,'date':'2031-05-05T12:00:30','gap_to_leader':3.5}");
	for (size_t n = 0; n < f->n;) {
		const struct f1p_event *ev = (const void *)(f->bytes + n);

		assert_true(ev->t_event_ns >= before && ev->t_event_ns <= f->now_ns);
		before = ev->t_event_ns;
		more += (ev->flags & F1P_EVF_MORE) != 0;
		n += ev->size;
	}
	assert_int_equal(f->events, 5);
	assert_int_equal(more, 2); /* within the one answer of three */
	assert_int_equal(of1_get_stats(f->d)->future, 1);
}

/* ---- stops and stints ---- */

static void a_passage_is_told_when_it_is_over(void **state)
{
	struct feed *f = *state;
	const struct f1p_ev_pit *pit = NULL;

	at(f, 200);
	tell(f, "pit",
		"[{'session_key':1,'driver_number':7,'lap_number':2,'date':'2030-05-05T13:03:10','lane_duration':22.5,'pit_duration':22.5,"
		"'stop_duration':2.2}]");
	pit = nth(f, F1P_EV_PIT_LANE_TIME, 0);
	assert_int_equal(pit->lap, 2);
	assert_int_equal(pit->lane_ms, 22500);
	pit = nth(f, F1P_EV_PIT_STOP, 0);
	assert_int_equal(pit->stationary_ms, 2200);
	forget(f);
	tell(f, "pit", "[{'session_key':1,'driver_number':7,'lap_number':2,'date':'2030-05-05T13:03:10','lane_duration':22.5}]");
	assert_int_equal(f->events, 0);
}

static void a_car_in_the_lane_is_shown_there_until_its_time_comes(void **state)
{
	struct feed *f = *state;
	const struct f1p_ev_car_status *status = NULL;

	at(f, 200);
	tell(f, "pit", "{'session_key':1,'driver_number':7,'lap_number':2,'date':'2030-05-05T13:03:00','lane_duration':null}");
	status = nth(f, F1P_EV_CAR_STATUS, 0);
	assert_int_equal(status->in_pit, F1P_YES);
	at(f, 230);
	tell(f, "pit", "{'session_key':1,'driver_number':7,'lap_number':2,'date':'2030-05-05T13:03:00','lane_duration':24.0}");
	status = nth(f, F1P_EV_CAR_STATUS, 1);
	assert_int_equal(status->in_pit, F1P_NO);
	assert_int_equal(status->pit_stops, 1);
}

static void stints_know_their_first_lap_and_age(void **state)
{
	struct feed *f = *state;
	const struct f1p_ev_stint *stint = NULL;

	tell(f, "stints", "{'session_key':1,'driver_number':7,'stint_number':1,'lap_start':1,'lap_end':3,'compound':'SOFT','tyre_age_at_start':2}");
	forget(f);
	tell(f, "stints", "{'session_key':1,'driver_number':7,'stint_number':1,'lap_start':1,'lap_end':4,'compound':'SOFT','tyre_age_at_start':2}");
	assert_int_equal(f->events, 0); /* it only goes on */
	tell(f, "stints", "{'session_key':1,'driver_number':7,'stint_number':2,'lap_start':5,'lap_end':5,'compound':null,'tyre_age_at_start':0}");
	stint = nth(f, F1P_EV_STINT, 0);
	assert_int_equal(stint->index, 0);
	assert_int_equal(stint->total_laps, 6); /* of the finished one */
	stint = nth(f, F1P_EV_STINT, 1);
	assert_int_equal(stint->index, 1);
	assert_int_equal(stint->first_lap, 5);
	assert_int_equal(stint->is_new, F1P_YES);
	assert_int_equal(stint->mask & F1P_STINT_COMPOUND, 0);
	forget(f);
	tell(f, "stints", "{'session_key':1,'driver_number':7,'stint_number':2,'lap_start':5,'lap_end':6,'compound':'HARD'}");
	stint = nth(f, F1P_EV_STINT, 0);
	assert_int_equal(stint->compound, F1P_TYRE_HARD);
	assert_int_equal(stint->start_laps, 0);
}

static void a_stint_that_no_stop_explains_begins_at_the_stop(void **state)
{
	struct feed *f = *state;
	const struct f1p_ev_stint *stint = NULL;

	at(f, 2000);
	tell(f, "stints",
		"[{'session_key':1,'driver_number':7,'stint_number':1,'lap_start':1,'lap_end':14,'compound':'SOFT','tyre_age_at_start':4},"
		"{'session_key':1,'driver_number':7,'stint_number':2,'lap_start':15,'lap_end':16,'compound':'HARD','tyre_age_at_start':0}]");
	forget(f);
	tell(f, "pit", "{'session_key':1,'driver_number':7,'lap_number':10,'date':'2030-05-05T13:20:00','lane_duration':22.5}");
	stint = nth(f, F1P_EV_STINT, 0);
	assert_int_equal(stint->index, 1);
	assert_int_equal(stint->first_lap, 11);
}

/* ---- race control ---- */

static uint8_t track_of(const struct feed *f)
{
	size_t n = count(f, F1P_EV_TRACK_STATUS);

	return n > 0 ? (uint8_t)((const struct f1p_ev_value *)nth(f, F1P_EV_TRACK_STATUS, n - 1))->value : 0;
}

static uint8_t status_of(const struct feed *f)
{
	size_t n = count(f, F1P_EV_SESSION_STATUS);

	return n > 0 ? (uint8_t)((const struct f1p_ev_value *)nth(f, F1P_EV_SESSION_STATUS, n - 1))->value : 0;
}

static void say(struct feed *f, int64_t s, const char *rest)
{
	char row[400];

	at(f, s);
	snprintf(row, sizeof(row), "{'session_key':1,'date':'2030-05-05T%02d:%02d:%02d',%s}", (int)(13 + s / 3600), (int)(s / 60 % 60), (int)(s % 60),
		rest);
	assert_int_equal(tell(f, "race_control", row), F1P_OK);
}

#define FLAG(flag, scope, sector, text) "'category':'Flag','flag':'" flag "','scope':'" scope "','sector':" sector ",'message':'" text "'"

static void track_status_follows_the_messages(void **state)
{
	struct feed *f = *state;

	say(f, 200, FLAG("GREEN", "Track", "null", "GREEN LIGHT - PIT EXIT OPEN"));
	assert_int_equal(status_of(f), F1P_STATUS_STARTED);
	assert_int_equal(track_of(f), F1P_TRACK_CLEAR);
	say(f, 210, FLAG("YELLOW", "Sector", "4", "YELLOW IN TRACK SECTOR 4"));
	say(f, 211, FLAG("DOUBLE YELLOW", "Sector", "5", "DOUBLE YELLOW IN TRACK SECTOR 5"));
	assert_int_equal(track_of(f), F1P_TRACK_YELLOW);
	say(f, 212, FLAG("CLEAR", "Sector", "4", "CLEAR IN TRACK SECTOR 4"));
	assert_int_equal(track_of(f), F1P_TRACK_YELLOW); /* 5 is not clear */
	say(f, 213, "'category':'SafetyCar','message':'SAFETY CAR DEPLOYED'");
	assert_int_equal(track_of(f), F1P_TRACK_SC);
	say(f, 214, FLAG("CLEAR", "Sector", "5", "CLEAR IN TRACK SECTOR 5"));
	say(f, 215, FLAG("YELLOW", "Sector", "9", "YELLOW IN TRACK SECTOR 9"));
	say(f, 216, "'category':'SafetyCar','message':'SAFETY CAR IN THIS LAP'");
	assert_int_equal(track_of(f), F1P_TRACK_SC); /* sectors do not end it */
	say(f, 220, FLAG("CLEAR", "Track", "null", "TRACK CLEAR"));
	assert_int_equal(track_of(f), F1P_TRACK_CLEAR);
	say(f, 230, "'category':'SafetyCar','message':'VIRTUAL SAFETY CAR DEPLOYED'");
	assert_int_equal(track_of(f), F1P_TRACK_VSC);
	say(f, 240, "'category':'SafetyCar','message':'VIRTUAL SAFETY CAR ENDING'");
	assert_int_equal(track_of(f), F1P_TRACK_VSC_ENDING);
	say(f, 250, FLAG("CLEAR", "Track", "null", "TRACK CLEAR"));
	assert_int_equal(track_of(f), F1P_TRACK_CLEAR);
}

static void a_red_flag_aborts_and_the_announced_restart_resumes(void **state)
{
	struct feed *f = *state;

	say(f, 200, FLAG("GREEN", "Track", "null", "GREEN LIGHT - PIT EXIT OPEN"));
	say(f, 600, FLAG("RED", "Track", "null", "RED FLAG"));
	assert_int_equal(track_of(f), F1P_TRACK_RED);
	assert_int_equal(status_of(f), F1P_STATUS_ABORTED);
	say(f, 700, "'category':'Other','message':'RACE WILL RESUME AT 15:25'"); /* 13:25 UTC */
	say(f, 1400, FLAG("CLEAR", "Track", "null", "TRACK CLEAR"));
	assert_int_equal(track_of(f), F1P_TRACK_CLEAR);
	assert_int_equal(status_of(f), F1P_STATUS_ABORTED);
	at(f, 1501);
	of1_flush(f->d, f->now_ns); /* no row need come: the time does it */
	assert_int_equal(status_of(f), F1P_STATUS_STARTED);
	say(f, 5000, FLAG("CHEQUERED", "Track", "null", "CHEQUERED FLAG"));
	assert_int_equal(status_of(f), F1P_STATUS_FINISHED);
	assert_true(of1_is_over(f->d));
	say(f, 5100, FLAG("RED", "Track", "null", "RED FLAG"));
	assert_int_equal(status_of(f), F1P_STATUS_FINISHED);
}

static void the_green_light_before_the_start_starts_nothing(void **state)
{
	struct feed *f = *state;

	at(f, -2400);
	tell(f, "race_control",
		"{'session_key':1,'date':'2030-05-05T12:20:00','category':'Flag','flag':'GREEN','scope':'Track','message':'GREEN LIGHT - PIT EXIT OPEN'}");
	assert_int_equal(status_of(f), 0);
	assert_int_equal(count(f, F1P_EV_RACE_CONTROL), 1);
}

static void status_rows_of_openf1_rule_where_they_are(void **state)
{
	struct feed *f = *state;

	say(f, 190, "'category':'SessionStatus','message':'SESSION STARTED'");
	assert_int_equal(status_of(f), F1P_STATUS_STARTED);
	assert_int_equal(count(f, F1P_EV_RACE_CONTROL), 0); /* no message of race control */
	say(f, 600, FLAG("RED", "Track", "null", "RED FLAG"));
	assert_int_equal(status_of(f), F1P_STATUS_STARTED); /* its own row will say so */
	say(f, 601, "'category':'SessionStatus','message':'SESSION ABORTED'");
	assert_int_equal(status_of(f), F1P_STATUS_ABORTED);
}

static void messages_come_once_and_are_numbered(void **state)
{
	struct feed *f = *state;
	const struct f1p_ev_race_control *m = NULL;

	for (int i = 0; i < 3; i++) {
		say(f, 300, "'category':'Other','lap_number':3,'driver_number':7,'message':'CAR 7 (AAA) TIME DELETED'");
		say(f, 300, "'category':'Other','lap_number':3,'message':'ANOTHER OF THE SAME SECOND'");
	}
	assert_int_equal(count(f, F1P_EV_RACE_CONTROL), 2);
	m = nth(f, F1P_EV_RACE_CONTROL, 1);
	assert_int_equal(m->index, 1);
	assert_int_equal(m->lap, 3);
	assert_int_equal(m->t_utc_ns, START_NS + 300 * S);
}

static void the_order_before_the_start_is_the_grid(void **state)
{
	struct feed *f = *state;
	const struct f1p_ev_car_value *grid = NULL;

	at(f, 100);
	tell(f, "position", "{'session_key':1,'driver_number':7,'date':'2030-05-05T12:30:00','position':2}");
	say(f, 200, FLAG("GREEN", "Track", "null", "GREEN LIGHT - PIT EXIT OPEN"));
	grid = nth(f, F1P_EV_CAR_GRID, 0);
	assert_int_equal(grid->car, 7);
	assert_int_equal(grid->value, 2);
}

static void qualifying_parts_and_their_bests(void **state)
{
	struct feed *f = *state;
	const struct f1p_ev_car_best *best = NULL;

	teardown(state);
	f = calloc(1, sizeof(*f));
	*state = f;
	f->d = of1_create(keep, f);
	begin(f, SESSION("Qualifying", "Qualifying"));
	say(f, 10, "'qualifying_phase':1,'category':'Flag','flag':'GREEN','scope':'Track','message':'GREEN LIGHT - PIT EXIT OPEN'");
	at(f, 200);
	tell(f, "laps", "{'session_key':1,'driver_number':7,'lap_number':2,'lap_duration':80.5,'date_start':'2030-05-05T13:01:00'}");
	say(f, 1080, "'qualifying_phase':1,'category':'Flag','flag':'CHEQUERED','scope':'Track','message':'CHEQUERED FLAG'");
	assert_int_equal(status_of(f), F1P_STATUS_FINISHED);
	say(f, 1500, "'qualifying_phase':2,'category':'Flag','flag':'GREEN','scope':'Track','message':'GREEN LIGHT - PIT EXIT OPEN'");
	assert_int_equal(status_of(f), F1P_STATUS_STARTED);
	best = nth(f, F1P_EV_CAR_BEST, 0);
	assert_non_null(best);
	assert_int_equal(best->part, 1);
	assert_int_equal(best->best_ms, 80500);
	assert_int_equal(count(f, F1P_EV_SESSION_PART), 2);
}

/* ---- snapshot ---- */

static void a_snapshot_tells_all_that_silence_kept(void **state)
{
	struct feed *f = *state;
	const struct f1p_event *first = NULL;
	size_t seen = 0;

	at(f, 4000);
	of1_set_silent(f->d, true);
	tell(f, "drivers", "[{'session_key':1,'driver_number':7,'full_name':'A B','name_acronym':'AAB','team_name':'T','team_colour':'3671C6'}]");
	tell(f, "laps",
		"[{'session_key':1,'driver_number':7,'lap_number':1,'lap_duration':90.0},{'session_key':1,'driver_number':7,'lap_number':2,"
		"'lap_duration':89.0,'is_pit_out_lap':true},{'session_key':1,'driver_number':7,'lap_number':3}]");
	tell(f, "weather", "[{'session_key':1,'date':'2030-05-05T13:50:00','air_temperature':20.1,'rainfall':1}]");
	tell(f, "race_control", "[{'session_key':1,'date':'2030-05-05T13:03:00','category':'Flag','flag':'GREEN','scope':'Track','message':'GREEN'}]");
	assert_int_equal(f->events, 0);
	of1_snapshot(f->d, f->now_ns);
	first = (const void *)f->bytes;
	assert_int_equal(first->type, F1P_EV_FEED_RESET);
	for (size_t n = 0; n < f->n;) {
		const struct f1p_event *ev = (const void *)(f->bytes + n);

		seen++;
		n += ev->size;
		assert_true(ev->flags & F1P_EVF_SNAPSHOT);
		assert_int_equal((ev->flags & F1P_EVF_MORE) != 0, seen < f->events);
		assert_int_equal(ev->t_event_ns, f->now_ns);
	}
	assert_int_equal(((const struct f1p_event *)nth(f, F1P_EV_SESSION, 0))->type, F1P_EV_SESSION);
	assert_int_equal(count(f, F1P_EV_DRIVER), 1);
	assert_int_equal(count(f, F1P_EV_LAP_RECORD), 2);
	assert_int_equal(((const struct f1p_ev_lap_record *)nth(f, F1P_EV_LAP_RECORD, 1))->out_lap, F1P_YES);
	assert_int_equal(((const struct f1p_ev_car_lap *)nth(f, F1P_EV_CAR_LAP, 0))->laps, 2);
	assert_int_equal(((const struct f1p_ev_car_lap *)nth(f, F1P_EV_CAR_LAP, 0))->best_ms, 89000);
	assert_int_equal(((const struct f1p_ev_weather *)nth(f, F1P_EV_WEATHER, 0))->rain, F1P_YES);
	assert_int_equal(status_of(f), F1P_STATUS_STARTED);
	assert_int_equal(((const struct f1p_ev_session_status *)nth(f, F1P_EV_SESSION_STATUS, 0))->t_first_start_ns, START_NS + 180 * S);
	forget(f);
	of1_flush(f->d, f->now_ns);
	assert_int_equal(f->events, 0);
}

static int64_t told_start(struct feed *f)
{
	forget(f);
	of1_snapshot(f->d, f->now_ns);
	return ((const struct f1p_ev_session_status *)nth(f, F1P_EV_SESSION_STATUS, 0))->t_first_start_ns;
}

static void who_comes_late_learns_when_the_race_was_started(void **state)
{
	struct feed *f = *state;

	at(f, 4000);
	of1_set_silent(f->d, true);
	assert_int_equal(told_start(f), F1P_UNKNOWN_NS);
	tell(f, "laps", "[{'session_key':1,'driver_number':7,'lap_number':1,'date_start':'2030-05-05T13:03:04'},"
			"{'session_key':1,'driver_number':8,'lap_number':1,'date_start':'2030-05-05T13:03:03'},"
			"{'session_key':1,'driver_number':7,'lap_number':2,'date_start':'2030-05-05T13:04:40'}]");
	assert_int_equal(told_start(f), START_NS + 183 * S);
	tell(f, "race_control", "[{'session_key':1,'date':'2030-05-05T12:20:00','category':'Flag','flag':'GREEN','scope':'Track','message':"
				"'GREEN LIGHT - PIT EXIT OPEN'},"
				"{'session_key':1,'date':'2030-05-05T13:40:00','category':'SessionStatus','message':'SESSION STARTED'},"
				"{'session_key':1,'date':'2030-05-05T13:03:01','category':'SessionStatus','message':'SESSION STARTED'}]");
	assert_int_equal(told_start(f), START_NS + 181 * S);
}

/* ---- hostile input ---- */

static void broken_text_spoils_nothing_around_it(void **state)
{
	static const char *const bad[] = {"", "x", "[", "[{]", "[{'a':1}", "{'driver_number':", "<html></html>", "[[[[[[[[", "\"[]\"", "[1,2,3"};
	struct feed *f = *state;

	at(f, 60);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (tell(f, "position", bad[i]) != F1P_EINVAL) {
			fail_msg("%s was taken", bad[i]);
		}
	}
	assert_int_equal(f->events, 0);
	tell(f, "position",
		"[5,null,'x',[1],{'session_key':1},{'session_key':1,'driver_number':7,'date':'2030-05-05T13:00:30','position':3},{'bad':}]");
	assert_int_equal(count(f, F1P_EV_CAR_POSITION), 1);
	assert_true(of1_get_stats(f->d)->broken >= 5);
	assert_int_equal(of1_rows(f->d, OF1_NONE, "[]", 2, f->now_ns), F1P_EINVAL);
	assert_int_equal(of1_collection_find("nonsense", 8), OF1_NONE);
}

static void any_number_of_cars_laps_and_messages_fits(void **state)
{
	struct feed *f = *state;
	char row[300];

	at(f, 1000);
	for (int car = 1; car <= 60; car++) {
		for (int lap = 0; lap <= 200; lap += 40) {
			snprintf(row, sizeof(row), "{'session_key':1,'driver_number':%d,'lap_number':%d,'lap_duration':90}", car, lap);
			tell(f, "laps", row);
			forget(f);
			snprintf(row, sizeof(row), "{'session_key':1,'driver_number':%d,'lap_number':%d,'lane_duration':20}", car, lap + car % 40);
			tell(f, "pit", row);
			forget(f);
		}
	}
	for (int i = 0; i < 3000; i++) {
		snprintf(row, sizeof(row), "{'session_key':1,'date':'2030-05-05T13:00:00','message':'message %d','category':'Other'}", i);
		tell(f, "race_control", row);
		forget(f);
	}
	of1_snapshot(f->d, f->now_ns);
	assert_int_equal(count(f, F1P_EV_DRIVER), F1P_MAX_CARS);
	assert_int_equal(count(f, F1P_EV_RACE_CONTROL), 1024);
}

/* ---- calendar ---- */

static void the_calendar_is_read_with_names(void **state)
{
	static const char sessions[] =
		"[{\"session_key\":1,\"meeting_key\":2,\"session_name\":\"Race\",\"session_type\":\"Race\",\"date_start\":\"2030-05-05T13:00:00\","
		"\"year\":2030,\"is_cancelled\":true,\"country_name\":\"Example\"},{\"session_key\":9,\"session_type\":\"Race\"},7,"
		"{\"session_key\":3,\"meeting_key\":2,\"session_name\":\"Practice 1\",\"session_type\":\"Practice\",\"date_start\":"
		"\"2030-05-03T10:00:00\",\"date_end\":\"2030-05-03T11:00:00\",\"year\":2030}]";
	static const char meetings[] = "[{\"meeting_key\":2,\"meeting_name\":\"Example Grand Prix\"},{\"meeting_key\":4}]";
	struct f1p_session_plan plans[8];

	(void)state;
	assert_int_equal(of1_read_plans(sessions, strlen(sessions), plans, 8), 2);
	assert_int_equal(plans[0].cancelled, F1P_YES);
	assert_int_equal(plans[0].t_end_ns, F1P_UNKNOWN_NS);
	assert_int_equal(plans[1].number, 1);
	assert_true(of1_name_meetings(meetings, strlen(meetings), plans, 2));
	assert_string_equal(plans[1].meeting, "Example Grand Prix");
	assert_int_equal(of1_read_plans("{}", 2, plans, 8), -1);
	assert_int_equal(of1_read_plans("[{}", 3, plans, 8), -1);
	assert_int_equal(of1_read_plans(sessions, strlen(sessions), plans, 1), 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(sessions_have_their_types),
		TEST(rows_of_another_session_are_dropped),
		TEST(a_lap_is_told_once_however_often_its_row_comes),
		TEST(a_later_lap_completes_the_one_before),
		TEST(corrections_are_told_as_such),
		TEST(a_stale_id_does_not_overwrite),
		TEST(the_leader_has_no_gap_in_any_spelling),
		TEST(old_rows_of_a_moment_are_dropped),
		TEST(one_answer_is_told_in_order_of_time),
		TEST(a_passage_is_told_when_it_is_over),
		TEST(a_car_in_the_lane_is_shown_there_until_its_time_comes),
		TEST(stints_know_their_first_lap_and_age),
		TEST(a_stint_that_no_stop_explains_begins_at_the_stop),
		TEST(track_status_follows_the_messages),
		TEST(a_red_flag_aborts_and_the_announced_restart_resumes),
		TEST(the_green_light_before_the_start_starts_nothing),
		TEST(status_rows_of_openf1_rule_where_they_are),
		TEST(messages_come_once_and_are_numbered),
		TEST(the_order_before_the_start_is_the_grid),
		TEST(qualifying_parts_and_their_bests),
		TEST(a_snapshot_tells_all_that_silence_kept),
		TEST(who_comes_late_learns_when_the_race_was_started),
		TEST(broken_text_spoils_nothing_around_it),
		TEST(any_number_of_cars_laps_and_messages_fits),
		TEST(the_calendar_is_read_with_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
