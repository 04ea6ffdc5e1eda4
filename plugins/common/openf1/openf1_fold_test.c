/*
 * openf1_fold_test.c - the same races told by OpenF1 and by live timing, folded into two states and compared: order, laps, stints,
 * gaps. Prints what differs. Needs the folder F1PD_SHARED.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "openf1.h"
#include "row.h"

#include <glob.h>
#include <livetiming.h>
#include <race/ingest.h>
#include <race/race.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S INT64_C(1000000000)
#define MAX_RACES 64
#define CLOSE_MS 1000 /* a gap at the line, read from rows some seconds apart */

/* ---- a fold with its gate ---- */

struct side {
	struct race *race;
	struct ingest *gate;
	uint64_t seq;
	uint64_t refused;
};

static f1p_status take(void *arg, const struct f1p_event *event)
{
	struct side *s = arg;
	uint64_t block[F1P_EVENT_MAX / 8];
	struct f1p_event *ev = (struct f1p_event *)block;
	const char *why = "";

	memcpy(ev, event, event->size);
	ev->source_id = 1;
	ev->source_seq = ++s->seq;
	if (ingest_check(s->gate, ev, &why) != INGEST_OK) {
		if (s->refused++ < 3) {
			print_message("  refused: type %u: %s\n", ev->type, why);
		}
		return F1P_EINVAL;
	}
	ev->seq = s->seq;
	race_apply(s->race, ev);
	return F1P_OK;
}

static void side_init(struct side *s)
{
	*s = (struct side){.race = race_create(), .gate = ingest_create()};
	assert_non_null(s->race);
	assert_non_null(s->gate);
}

static void side_finish(struct side *s)
{
	race_destroy(s->race);
	ingest_destroy(s->gate);
}

/* ---- files ---- */

/* The whole file, unpacked; NULL if it is not there. */
static char *slurp(const char *folder, const char *name, size_t *n)
{
	char path[1024];
	gzFile file = NULL;
	size_t cap = 1u << 20;
	char *text = NULL;
	int got = 0;

	snprintf(path, sizeof(path), "%s/%s.gz", folder, name);
	file = gzopen(path, "rb");
	*n = 0;
	if (file == NULL) {
		return NULL;
	}
	do {
		cap *= 2;
		text = realloc(text, cap);
		assert_non_null(text);
		got = gzread(file, text + *n, (unsigned)(cap - *n - 1));
		assert_true(got >= 0);
		*n += (size_t)got;
	} while (*n == cap - 1);
	gzclose(file);
	text[*n] = '\0';
	return text;
}

struct item { /* one message or row, and when it came */
	int64_t t_ns;
	size_t ordinal;
	const char *topic; /* live timing */
	enum of1_collection collection;
	const char *text;
	size_t n;
};

struct tape {
	struct item *items;
	size_t n, cap;
	char *texts[64];
	char topics[64][40];
	size_t n_texts;
};

static void tape_add(struct tape *tape, struct item item)
{
	if (tape->n == tape->cap) {
		tape->cap = tape->cap != 0 ? tape->cap * 2 : 65536;
		tape->items = realloc(tape->items, tape->cap * sizeof(*tape->items));
		assert_non_null(tape->items);
	}
	item.ordinal = tape->n;
	tape->items[tape->n++] = item;
}

static int by_time(const void *left, const void *right)
{
	const struct item *a = left;
	const struct item *b = right;

	if (a->t_ns != b->t_ns) {
		return a->t_ns < b->t_ns ? -1 : 1;
	}
	return (a->ordinal > b->ordinal) - (a->ordinal < b->ordinal);
}

static void tape_sort(struct tape *tape)
{
	qsort(tape->items, tape->n, sizeof(*tape->items), by_time);
}

static void tape_finish(struct tape *tape)
{
	for (size_t i = 0; i < tape->n_texts; i++) {
		free(tape->texts[i]);
	}
	free(tape->items);
}

/* ---- live timing ---- */

static int64_t read_t0(const char *folder)
{
	size_t n = 0;
	char *text = slurp(folder, "meta.json", &n);
	const char *at = text != NULL ? strstr(text, "\"t0_utc\"") : NULL;
	int64_t t0 = 0;

	assert_non_null(at);
	at = strchr(at + 8, '"') + 1;
	assert_true(of1_parse_time(at, (size_t)(strchr(at, '"') - at), &t0));
	free(text);
	return t0;
}

static void add_lines(struct tape *tape, char *text, const char *topic, int64_t t0)
{
	char *save = NULL;

	for (char *line = strtok_r(text, "\r\n", &save); line != NULL; line = strtok_r(NULL, "\r\n", &save)) {
		int h = 0;
		int m = 0;
		int s = 0;
		int ms = 0;

		line += memcmp(line, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
		if (sscanf(line, "%2d:%2d:%2d.%3d", &h, &m, &s, &ms) == 4) {
			int64_t t = t0 + (((h * 60 + m) * 60 + s) * INT64_C(1000) + ms) * NS_PER_MS;

			tape_add(tape, (struct item){.t_ns = t, .topic = topic, .text = line + 12, .n = strlen(line + 12)});
		}
	}
}

static bool play_livetiming(struct side *side, const char *folder)
{
	struct lt_decoder *d = lt_create(take, NULL, side);
	struct tape tape = {0};
	char pattern[1100];
	glob_t found;

	snprintf(pattern, sizeof(pattern), "%s/*.jsonStream.gz", folder);
	if (glob(pattern, 0, NULL, &found) != 0) {
		lt_destroy(d);
		return false;
	}
	for (size_t i = 0; i < found.gl_pathc && i < 64; i++) {
		const char *name = strrchr(found.gl_pathv[i], '/') + 1;
		char file[80];
		size_t n = 0;

		snprintf(file, sizeof(file), "%.*s", (int)(strlen(name) - 3), name);
		snprintf(tape.topics[i], sizeof(tape.topics[0]), "%.*s", (int)(strchr(name, '.') - name), name);
		tape.texts[tape.n_texts] = slurp(folder, file, &n);
		add_lines(&tape, tape.texts[tape.n_texts++], tape.topics[i], read_t0(folder));
	}
	globfree(&found);
	tape_sort(&tape);
	for (size_t i = 0; i < tape.n; i++) {
		const struct item *m = &tape.items[i];

		lt_message(d, m->topic, strlen(m->topic), m->text, m->n, m->t_ns, 0);
	}
	tape_finish(&tape);
	lt_destroy(d);
	return true;
}

/* ---- OpenF1: rows in the order in which the service would have told them ---- */

struct starts { /* when each lap of each car began */
	int64_t t_ns[1000][F1P_MAX_LAPS + 2];
	int64_t t_session_ns;
};

static void learn_start(struct starts *starts, const struct of1_row *row)
{
	if (of1_has(row, OF1_F_DATE_START) && row->lap >= 1 && row->lap <= (int32_t)F1P_MAX_LAPS) {
		starts->t_ns[row->driver][row->lap] = row->start_ns;
		if (of1_has(row, OF1_F_LAP_TIME) && starts->t_ns[row->driver][row->lap + 1] == 0) {
			starts->t_ns[row->driver][row->lap + 1] = row->start_ns + row->lap_ms * NS_PER_MS;
		}
	}
}

static int64_t told_at(const struct starts *starts, enum of1_collection c, const struct of1_row *row)
{
	int64_t t = of1_has(row, OF1_F_DATE) ? row->date_ns : starts->t_session_ns - 3600 * NS_PER_S;

	if (c == OF1_LAPS && row->lap <= (int32_t)F1P_MAX_LAPS) {
		t = starts->t_ns[row->driver][row->lap + 1];
		if (t == 0) { /* the lap on which the car retired */
			t = starts->t_ns[row->driver][row->lap] != 0 ? starts->t_ns[row->driver][row->lap] : starts->t_session_ns;
		}
	} else if (c == OF1_PIT) {
		t += of1_has(row, OF1_F_LANE) ? row->lane_ms * NS_PER_MS : 0;
	} else if (c == OF1_STINTS && row->lap_start > 1 && row->lap_start <= (int32_t)F1P_MAX_LAPS) {
		int64_t start = starts->t_ns[row->driver][row->lap_start];

		t = start != 0 ? start + 20 * NS_PER_S : starts->t_session_ns;
	}
	return t;
}

static void add_rows(struct tape *tape, struct starts *starts, enum of1_collection c, const char *text, size_t n, bool learn)
{
	struct f1p_json_cutter cutter;
	struct f1p_json_slice slice;
	struct of1_row row;

	assert_true(f1p_json_cut_begin(&cutter, text, n));
	while (f1p_json_cut_next(&cutter, NULL, &slice) == F1P_OK) {
		assert_int_equal(of1_row_read(&row, slice.text, slice.n), F1P_OK);
		if (learn) {
			learn_start(starts, &row);
			continue;
		}
		if (c == OF1_SESSIONS) {
			starts->t_session_ns = row.start_ns;
		}
		tape_add(tape,
			(struct item){.t_ns = told_at(starts, c, &row), .collection = c, .text = slice.text, .n = slice.n});
	}
}

static void load_collection(struct tape *tape, struct starts *starts, const char *folder, enum of1_collection c)
{
	char name[64];
	size_t n = 0;
	char *text = NULL;

	snprintf(name, sizeof(name), "%s.json", of1_collection_name(c));
	text = slurp(folder, name, &n);
	if (text == NULL) {
		return;
	}
	if (c == OF1_LAPS) {
		add_rows(tape, starts, c, text, n, true);
	}
	add_rows(tape, starts, c, text, n, false);
	tape->texts[tape->n_texts++] = text;
}

static bool load_openf1(struct tape *tape, const char *folder)
{
	static const enum of1_collection order[] = {OF1_SESSIONS, OF1_MEETINGS, OF1_DRIVERS, OF1_POSITION, OF1_INTERVALS, OF1_LAPS,
		OF1_STINTS, OF1_PIT, OF1_RACE_CONTROL, OF1_WEATHER};
	struct starts *starts = calloc(1, sizeof(*starts));

	assert_non_null(starts);
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		load_collection(tape, starts, folder, order[i]);
	}
	free(starts);
	tape_sort(tape);
	return tape->n > 0;
}

static void play_stream(struct side *side, const struct tape *tape)
{
	struct of1_decoder *d = of1_create(take, side);

	for (size_t i = 0; i < tape->n; i++) {
		const struct item *m = &tape->items[i];

		of1_rows(d, m->collection, m->text, m->n, m->t_ns);
		of1_flush(d, m->t_ns);
	}
	of1_destroy(d);
}

/* Everything at once, as REST gives it after the race: one snapshot. */
static void play_snapshot(struct side *side, const struct tape *tape)
{
	struct of1_decoder *d = of1_create(take, side);
	int64_t now = tape->items[tape->n - 1].t_ns;

	of1_set_silent(d, true);
	for (size_t i = 0; i < tape->n; i++) {
		of1_rows(d, tape->items[i].collection, tape->items[i].text, tape->items[i].n, now);
	}
	of1_snapshot(d, now);
	of1_destroy(d);
}

/* ---- comparison ---- */

struct verdict {
	uint32_t cars, order, lap_counts, stints_n, stints_same, stints_all;
	uint32_t laps, times, places, gaps, gaps_known, compounds, elapsed, in_flags;
	uint32_t sc, vsc, red, status, stops, grid;
};

static const struct f1p_car *car_of(const struct f1p_state *st, uint16_t number)
{
	for (uint16_t i = 0; i < st->n_cars; i++) {
		if (st->cars[i].number == number) {
			return &st->cars[i];
		}
	}
	return NULL;
}

static bool near_ms(int32_t a, int32_t b, int32_t limit)
{
	return a != F1P_UNKNOWN && b != F1P_UNKNOWN && (a > b ? a - b : b - a) <= limit;
}

static bool is_lap_time_equal(const struct f1p_lap *a, const struct f1p_lap *b)
{
	if (a->flags & F1P_LAPF_INFERRED || b->flags & F1P_LAPF_INFERRED) {
		return near_ms(a->time_ms, b->time_ms, 3000); /* no side was told one */
	}
	return near_ms(a->time_ms, b->time_ms, 1);
}

static void compare_laps(struct verdict *v, const struct f1p_car *a, const struct f1p_car *b)
{
	for (uint16_t i = 0; i < a->n_laps && i < b->n_laps; i++) {
		const struct f1p_lap *x = &a->history[i];
		const struct f1p_lap *y = &b->history[i];

		v->laps++;
		v->times += x->time_ms == y->time_ms || is_lap_time_equal(x, y);
		v->places += x->position == y->position;
		v->compounds += x->compound == y->compound && (x->tyre_age == y->tyre_age || x->tyre_age == 0xffff);
		v->elapsed += near_ms(x->elapsed_ms, y->elapsed_ms, 1500);
		v->in_flags += (x->flags & F1P_LAPF_IN) == (y->flags & F1P_LAPF_IN);
		if (x->gap_ms != F1P_UNKNOWN && y->gap_ms != F1P_UNKNOWN) {
			v->gaps_known++;
			v->gaps += near_ms(x->gap_ms, y->gap_ms, CLOSE_MS);
		}
	}
}

static void compare_stints(struct verdict *v, const char *race, const struct f1p_car *a, const struct f1p_car *b)
{
	v->stints_n += a->n_stints == b->n_stints;
	if (a->n_stints != b->n_stints) {
		print_message("  %s: car %u has %u stints by live timing, %u by OpenF1\n", race, a->number, a->n_stints, b->n_stints);
	}
	for (uint8_t k = 0; k < a->n_stints && k < b->n_stints; k++) {
		const struct f1p_stint *x = &a->stints[k];
		const struct f1p_stint *y = &b->stints[k];
		bool same = x->compound == y->compound && x->start_laps == y->start_laps && x->first_lap == y->first_lap;

		v->stints_all++;
		v->stints_same += same;
		if (!same) {
			print_message("  %s: car %u stint %u: compound %u/%u, age %d/%d, from lap %d/%d\n", race, a->number, k + 1,
				x->compound, y->compound, x->start_laps, y->start_laps, x->first_lap, y->first_lap);
		}
	}
}

static void compare_cars(struct verdict *v, const char *race, const struct f1p_state *a, const struct f1p_state *b)
{
	for (uint16_t i = 0; i < a->n_cars; i++) {
		const struct f1p_car *x = &a->cars[i];
		const struct f1p_car *y = car_of(b, x->number);

		if (y == NULL) {
			print_message("  %s: OpenF1 does not know car %u\n", race, x->number);
			continue;
		}
		v->cars++;
		v->order += x->position == y->position;
		v->lap_counts += x->laps == y->laps;
		v->stops += x->stops == y->stops;
		v->grid += x->grid == y->grid;
		if (x->position != y->position || x->laps != y->laps || x->stops != y->stops) {
			print_message("  %s: car %u: place %d/%d, laps %d/%d, stops %d/%d, retired %u/%u\n", race, x->number, x->position,
				y->position, x->laps, y->laps, x->stops, y->stops, x->retired, y->retired);
		}
		compare_stints(v, race, x, y);
		compare_laps(v, x, y);
	}
}

static struct verdict compare(const char *race, struct side *left, struct side *right)
{
	const struct f1p_state *a = race_state(left->race);
	const struct f1p_state *b = race_state(right->race);
	struct verdict v = {.sc = a->n_sc == b->n_sc, .vsc = a->n_vsc == b->n_vsc, .red = a->n_red == b->n_red};

	v.status = a->status >= F1P_STATUS_FINISHED && b->status >= F1P_STATUS_FINISHED;
	compare_cars(&v, race, a, b);
	print_message("%s: cars %u: place %u, laps %u, stops %u, grid %u, stints %u/%u; %u laps: times %u, places %u, gaps %u/%u, tyres %u, "
		      "elapsed %u, in-laps %u; SC %d/%d VSC %d/%d red %d/%d; refused %llu/%llu\n",
		race, v.cars, v.order, v.lap_counts, v.stops, v.grid, v.stints_same, v.stints_all, v.laps, v.times, v.places, v.gaps,
		v.gaps_known, v.compounds, v.elapsed, v.in_flags, a->n_sc, b->n_sc, a->n_vsc, b->n_vsc, a->n_red, b->n_red,
		(unsigned long long)left->refused, (unsigned long long)right->refused);
	return v;
}

/* ---- tests ---- */

struct races {
	glob_t found;
	char shared[512];
	size_t compared;
};

static const char *race_name(const char *folder)
{
	return strrchr(folder, '/') + 1;
}

static void each_race(struct races *r, void (*check)(const char *race, struct side *lt, struct tape *tape))
{
	for (size_t i = 0; i < r->found.gl_pathc && i < MAX_RACES; i++) {
		const char *race = race_name(r->found.gl_pathv[i]);
		char folder[1024];
		struct side lt;
		struct tape tape = {0};

		side_init(&lt);
		snprintf(folder, sizeof(folder), "%s/recordings/livetiming/rebuilt/%s", r->shared, race);
		if (load_openf1(&tape, r->found.gl_pathv[i]) && play_livetiming(&lt, folder)) {
			check(race, &lt, &tape);
			r->compared++;
		}
		tape_finish(&tape);
		side_finish(&lt);
	}
	assert_true(r->compared > 0);
}

/* part of all >= permille of them */
static void expect(const char *race, const char *what, uint32_t part, uint32_t all, uint32_t permille)
{
	if ((uint64_t)part * 1000 < (uint64_t)all * permille) {
		fail_msg("%s: %s: only %u of %u agree", race, what, part, all);
	}
}

/* Cars that retire in the pit lane are one lap short: OpenF1 never completes that lap. Stints that OpenF1 reckons wrongly. Laps around
 * red flags, whose time OpenF1 sums up otherwise. Safety cars that lead a restart: no message tells them. */
static void check_stream(const char *race, struct side *lt, struct tape *tape)
{
	struct side of1;
	struct verdict v;

	side_init(&of1);
	play_stream(&of1, tape);
	v = compare(race, lt, &of1);
	assert_int_equal(of1.refused, 0);
	assert_true(v.cars >= 19);
	assert_int_equal(v.order, v.cars);
	assert_true(v.lap_counts + 3 >= v.cars);
	assert_true(v.stops + 2 >= v.cars);
	assert_true(v.status && v.red && v.vsc);
	expect(race, "stints", v.stints_same, v.stints_all, 970);
	expect(race, "lap times", v.times, v.laps, 910);
	expect(race, "places at the line", v.places, v.laps, 980);
	expect(race, "gaps at the line", v.gaps, v.gaps_known, 940);
	expect(race, "tyres", v.compounds, v.laps, 965);
	expect(race, "in-laps", v.in_flags, v.laps, 995);
	side_finish(&of1);
}

/* What a snapshot cannot hold: places and gaps at each line, and the neutralisations that are over. */
static void check_snapshot(const char *race, struct side *lt, struct tape *tape)
{
	struct side of1;
	struct verdict v;

	side_init(&of1);
	play_snapshot(&of1, tape);
	v = compare(race, lt, &of1);
	assert_int_equal(of1.refused, 0);
	assert_int_equal(v.order, v.cars);
	assert_true(v.lap_counts + 3 >= v.cars);
	expect(race, "stints", v.stints_same, v.stints_all, 970);
	expect(race, "lap times", v.times, v.laps, 910);
	expect(race, "tyres", v.compounds, v.laps, 965);
	side_finish(&of1);
}

static void the_stream_folds_to_the_race_of_live_timing(void **state)
{
	each_race(*state, check_stream);
}

static void a_snapshot_holds_the_race_of_live_timing(void **state)
{
	each_race(*state, check_snapshot);
}

static int setup(void **state)
{
	static struct races races;
	const char *shared = getenv("F1PD_SHARED");
	char pattern[600];

	snprintf(races.shared, sizeof(races.shared), "%s", shared != NULL ? shared : ".");
	snprintf(pattern, sizeof(pattern), "%s/recordings/openf1/rebuilt/*_Race", races.shared);
	if (glob(pattern, 0, NULL, &races.found) != 0) {
		puts("SKIPPED: no OpenF1 recordings: F1PD_SHARED does not name the folder with recordings");
		exit(77);
	}
	*state = &races;
	return 0;
}

static int teardown(void **state)
{
	globfree(&((struct races *)*state)->found);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_stream_folds_to_the_race_of_live_timing),
		cmocka_unit_test(a_snapshot_holds_the_race_of_live_timing),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
