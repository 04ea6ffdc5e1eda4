/*
 * source_livetiming_cuts_test.c - a feed of a thousand messages, over connections that lag and are cut at random, many seeds.
 *
 * The server is a model: its state after each message is known, so a snapshot can be taken anywhere. What comes out of the
 * plugin is compared with what comes out when nothing is cut.
 */
#include "rig.h"

#include <helpers/rng.h>

#define CARS 4
#define MESSAGES 1200
#define SEEDS 12
#define QUIET_STEPS 400
#define STEP_NS (50 * RIG_MS)
#define MAX_LAG 6u
#define CUT_ONE_IN 50u

/* ---- the server's race ---- */

struct race {
	int order[CARS]; /* place of each car, 1.. */
	int laps[CARS], last_ms[CARS];
	int track, lap, texts;
};

struct message {
	char topic[24], json[200];
	char stamp[32];
	struct race after;
};

struct server {
	struct rig *rig;
	struct f1p_rng random;
	struct race begin;
	struct message messages[MESSAGES];
	int n;
};

static const int numbers[CARS] = {1, 4, 16, 44};

static const char *clock_text(int ms, char out[16])
{
	snprintf(out, 16, "%d:%02d.%03d", ms / 60000, ms / 1000 % 60, ms % 1000);
	return out;
}

static void swap_places(struct server *s, struct race *r, struct message *m)
{
	int a = (int)f1p_rng_below(&s->random, CARS), b = (int)f1p_rng_below(&s->random, CARS - 1);
	int place = r->order[a];

	b += b >= a;
	r->order[a] = r->order[b];
	r->order[b] = place;
	snprintf(m->topic, sizeof(m->topic), "TimingData");
	snprintf(m->json, sizeof(m->json), "{\"Lines\":{\"%d\":{\"Line\":%d},\"%d\":{\"Line\":%d}}}", numbers[a], r->order[a], numbers[b],
		r->order[b]);
}

static void finish_lap(struct server *s, struct race *r, struct message *m)
{
	int a = (int)f1p_rng_below(&s->random, CARS);
	char text[16];

	r->laps[a]++;
	r->last_ms[a] = 80000 + (int)f1p_rng_below(&s->random, 20000);
	snprintf(m->topic, sizeof(m->topic), "TimingData");
	snprintf(m->json, sizeof(m->json), "{\"Lines\":{\"%d\":{\"NumberOfLaps\":%d,\"LastLapTime\":{\"Value\":\"%s\"}}}}", numbers[a],
		r->laps[a], clock_text(r->last_ms[a], text));
}

static void write_text(struct race *r, struct message *m)
{
	char utc[20];

	memcpy(utc, m->stamp, 19); /* without its fraction */
	utc[19] = '\0';
	snprintf(m->topic, sizeof(m->topic), "RaceControlMessages");
	snprintf(m->json, sizeof(m->json), "{\"Messages\":{\"%d\":{\"Utc\":\"%s\",\"Category\":\"Other\",\"Message\":\"TEXT %d\"}}}",
		r->texts, utc, r->texts);
	r->texts++;
}

static void make_message(struct server *s)
{
	struct message *m = &s->messages[s->n];
	struct race r = s->n > 0 ? s->messages[s->n - 1].after : s->begin;

	/* stamps repeat, as those of the feed do */
	snprintf(m->stamp, sizeof(m->stamp), "%s", rig_stamp(s->rig, -(s->rig->f->now_ns % (200 * RIG_MS))));
	switch (f1p_rng_below(&s->random, 8)) {
	case 0:
	case 1:
	case 2:
		swap_places(s, &r, m);
		break;
	case 3:
	case 4:
		finish_lap(s, &r, m);
		break;
	case 5:
		write_text(&r, m);
		break;
	case 6:
		r.track = 3 - r.track;
		snprintf(m->topic, sizeof(m->topic), "TrackStatus");
		snprintf(m->json, sizeof(m->json), "{\"Status\":\"%d\"}", r.track);
		break;
	default:
		r.lap++;
		snprintf(m->topic, sizeof(m->topic), "LapCount");
		snprintf(m->json, sizeof(m->json), "{\"CurrentLap\":%d}", 1 + r.lap % 70);
		break;
	}
	m->after = r;
	s->n++;
}

static void write_snapshot(const struct race *r, char *out, size_t size)
{
	size_t n = (size_t)snprintf(out, size,
		"{\"SessionInfo\":{\"Key\":70,\"Type\":\"Race\",\"Name\":\"Race\",\"Path\":\"2030/A/\"},\"SessionStatus\":{\"Status\":\"Started\"},"
		"\"TrackStatus\":{\"Status\":\"%d\"},\"LapCount\":{\"CurrentLap\":%d},\"TimingData\":{\"Lines\":{",
		r->track, 1 + r->lap % 70);
	char text[16];

	for (int i = 0; i < CARS; i++) {
		n += (size_t)snprintf(out + n, size - n, "%s\"%d\":{\"Line\":%d,\"NumberOfLaps\":%d,\"LastLapTime\":{\"Value\":\"%s\"}}",
			i > 0 ? "," : "", numbers[i], r->order[i], r->laps[i], r->last_ms[i] > 0 ? clock_text(r->last_ms[i], text) : "");
	}
	n += (size_t)snprintf(out + n, size - n, "}},\"RaceControlMessages\":{\"Messages\":[");
	for (int i = 0; i < r->texts; i++) {
		n += (size_t)snprintf(out + n, size - n, "%s{\"Utc\":\"2030-03-17T17:00:00\",\"Category\":\"Other\",\"Message\":\"TEXT %d\"}",
			i > 0 ? "," : "", i);
	}
	n += (size_t)snprintf(out + n, size - n, "]}}");
	assert_true(n < size);
}

/* ---- its ends of the connections ---- */

struct link { /* one socket, seen from the server */
	struct fake_socket *socket;
	int next; /* message to deliver */
	uint32_t lag; /* this server's node runs so many messages behind */
	bool healthy; /* it has delivered since it was opened */
};

enum cutting { CUT_NOTHING = 1, CUT_REDUNDANT, CUT_ANYTHING };

struct play {
	struct rig rig;
	struct server server;
	struct f1p_rng net; /* apart from the server's, so that the race is the same whatever the network does */
	struct link links[2];
	int cuts, breaks; /* breaks: cuts of a stream that was up */
	bool single, quiet;
	enum cutting cutting;
};

static int visible(const struct play *p, const struct link *l)
{
	return p->server.n > (int)l->lag ? p->server.n - (int)l->lag : 0;
}

static void deliver(struct play *p, struct link *l, int most)
{
	for (; most > 0 && l->socket != NULL && !l->socket->closed && l->next < visible(p, l); most--, l->next++) {
		const struct message *m = &p->server.messages[l->next];

		rig_feed(l->socket, m->topic, m->json, m->stamp);
		l->healthy = true;
	}
	if (l->socket != NULL && l->socket->closed) {
		l->socket = NULL;
		l->healthy = false;
	}
}

/* Lets in whoever knocks. */
static void let_in(struct play *p)
{
	struct fake_socket *s = rig_connect(&p->rig);
	struct link *l = NULL;
	static char snapshot[60000];

	if (s == NULL) {
		return;
	}
	for (int i = 0; i < 2; i++) {
		l = p->links[i].socket == NULL || p->links[i].socket->closed ? &p->links[i] : l;
	}
	assert_non_null(l); /* never more than two */
	*l = (struct link){.socket = s, .lag = p->cutting == CUT_NOTHING || p->single || p->quiet ? 0 : f1p_rng_below(&p->net, MAX_LAG)};
	l->next = p->cutting == CUT_NOTHING ? 0 : visible(p, l); /* who is compared with has seen it all */
	write_snapshot(l->next > 0 ? &p->server.messages[l->next - 1].after : &p->server.begin, snapshot, sizeof(snapshot));
	rig_result(s, snapshot);
}

static void cut(struct play *p, struct link *l)
{
	struct fake_socket *s = l->socket;

	p->cuts++;
	p->breaks += strncmp(rig_link(&p->rig), "up ", 3) == 0;
	*l = (struct link){.socket = NULL};
	fake_socket_lose(s, 0, "connection reset");
}

/* With CUT_REDUNDANT what is being read stays readable: the other connection lives and has caught up with this one. */
static bool may_be_cut(const struct play *p, const struct link *l, const struct link *other)
{
	if (l->socket == NULL || p->cutting == CUT_NOTHING) {
		return false;
	}
	if (p->quiet && p->cutting == CUT_REDUNDANT) { /* there is nothing to catch up with */
		return other->socket != NULL && fake_metric(p->rig.f, "f1pd_livetiming_connections") >= 1;
	}
	return p->cutting == CUT_ANYTHING || (other->socket != NULL && other->healthy && other->next >= l->next &&
						     fake_metric(p->rig.f, "f1pd_livetiming_connections") == 2);
}

static void let_time_pass(struct play *p)
{
	let_in(p);
	for (int i = 0; i < 2; i++) {
		deliver(p, &p->links[i], p->cutting == CUT_NOTHING ? MESSAGES : (int)f1p_rng_below(&p->net, 4));
		if (f1p_rng_below(&p->net, CUT_ONE_IN) == 0 && may_be_cut(p, &p->links[i], &p->links[1 - i])) {
			cut(p, &p->links[i]);
		}
	}
	rig_pass(&p->rig, STEP_NS);
}

/* Before the race: connected, and not one message comes. */
static void wait_for_the_race(struct play *p)
{
	p->quiet = true;
	for (int k = 0; k < QUIET_STEPS; k++) {
		let_time_pass(p);
	}
	p->quiet = false;
}

static void play(struct play *p, uint64_t seed, const char *options, enum cutting cutting)
{
	struct f1p_rng pace;

	memset(p, 0, sizeof(*p));
	p->cutting = cutting;
	p->single = strstr(options, "connections=1") != NULL;
	p->rig = rig_start(options);
	p->server.rig = &p->rig;
	f1p_rng_seed(&p->server.random, seed, 1);
	f1p_rng_seed(&pace, seed, 2);
	f1p_rng_seed(&p->net, seed, 3);
	p->server.begin = (struct race){.order = {1, 2, 3, 4}, .track = 1, .lap = 0};
	for (int i = 0; i < 20; i++) { /* the race is on when we join */
		make_message(&p->server);
	}
	wait_for_the_race(p);
	while (p->server.n < MESSAGES) {
		if (f1p_rng_below(&pace, 3) > 0) {
			make_message(&p->server);
		}
		let_time_pass(p);
	}
	for (int k = 0; k < 2000 && p->links[0].socket == NULL && p->links[1].socket == NULL; k++) {
		rig_pass(&p->rig, STEP_NS);
		let_in(p);
	}
	for (int k = 0; k < 100; k++) { /* the rest, and the joining of whoever is late */
		for (int i = 0; i < 2; i++) {
			p->links[i].lag = 0;
			deliver(p, &p->links[i], 10);
		}
		rig_pass(&p->rig, STEP_NS);
	}
}

/* ---- comparing ---- */

struct list {
	const struct f1p_event *events[40000];
	size_t n;
};

/* Events that tell of the race, without links; of changes only, or all. */
static void list_events(const struct fake_host *f, struct list *out, bool snapshots)
{
	out->n = 0;
	for (size_t at = 0; at < f->event_bytes;) {
		const struct f1p_event *ev = (const struct f1p_event *)(const void *)(f->events + at);

		at += ev->size;
		if (ev->type != F1P_EV_LINK && (snapshots || (ev->flags & F1P_EVF_SNAPSHOT) == 0)) {
			assert_true(out->n < sizeof(out->events) / sizeof(out->events[0]));
			out->events[out->n++] = ev;
		}
	}
}

static bool same(const struct f1p_event *a, const struct f1p_event *b)
{
	return a->size == b->size && memcmp(a, b, a->size) == 0;
}

struct known { /* what a reader knows in the end */
	int32_t order[CARS], laps[CARS], last_ms[CARS], track, lap, texts;
};

static int car_index(uint16_t number)
{
	for (int i = 0; i < CARS; i++) {
		if (numbers[i] == number) {
			return i;
		}
	}
	fail_msg("no such car: %u", number);
	return 0;
}

static void learn(struct known *k, const struct f1p_event *ev)
{
	const void *p = ev;

	if (ev->type == F1P_EV_CAR_POSITION) {
		const struct f1p_ev_car_value *v = p;
		k->order[car_index(v->car)] = v->value;
	} else if (ev->type == F1P_EV_CAR_LAP) {
		const struct f1p_ev_car_lap *v = p;
		k->laps[car_index(v->car)] = (v->mask & F1P_LAP_NUMBER) != 0 ? v->laps : k->laps[car_index(v->car)];
		k->last_ms[car_index(v->car)] = (v->mask & F1P_LAP_LAST) != 0 ? v->last_ms : k->last_ms[car_index(v->car)];
	} else if (ev->type == F1P_EV_TRACK_STATUS) {
		k->track = ((const struct f1p_ev_value *)p)->value;
	} else if (ev->type == F1P_EV_LAP_COUNT) {
		k->lap = ((const struct f1p_ev_lap_count *)p)->current;
	} else if (ev->type == F1P_EV_RACE_CONTROL) {
		const struct f1p_ev_race_control *v = p;
		char text[16];

		snprintf(text, sizeof(text), "TEXT %u", v->index);
		assert_string_equal(v->text, text);
		k->texts = v->index + 1 > k->texts ? v->index + 1 : k->texts;
	}
}

static void expect_truth(const struct play *p, const struct list *l)
{
	const struct race *truth = &p->server.messages[MESSAGES - 1].after;
	struct known k;

	memset(&k, 0, sizeof(k));
	for (size_t i = 0; i < l->n; i++) {
		learn(&k, l->events[i]);
	}
	for (int i = 0; i < CARS; i++) {
		assert_int_equal(k.order[i], truth->order[i]);
		assert_int_equal(k.laps[i], truth->laps[i]);
		assert_int_equal(k.last_ms[i], truth->last_ms[i]);
	}
	assert_int_equal(k.track, truth->track == 1 ? F1P_TRACK_CLEAR : F1P_TRACK_YELLOW);
	assert_int_equal(k.lap, 1 + truth->lap % 70);
	assert_int_equal(k.texts, truth->texts);
}

/* ---- tests ---- */

static struct list uncut_list, cut_list;
static struct play uncut, broken;

static const char *const two = "connections=2\nretry_min=500ms\nretry_max=1s";
static const char *const one = "connections=1\nretry_min=500ms\nretry_max=1s";

static void expect_equal_lists(uint64_t seed)
{
	for (size_t i = 0; i < cut_list.n && i < uncut_list.n; i++) {
		if (!same(cut_list.events[i], uncut_list.events[i])) {
			fail_msg("seed %llu: event %zu of %zu is another (type %u, expected %u)", (unsigned long long)seed, i, uncut_list.n,
				cut_list.events[i]->type, uncut_list.events[i]->type);
		}
	}
	assert_int_equal(cut_list.n, uncut_list.n);
}

static size_t count_downs(const struct play *p)
{
	size_t downs = 0;

	for (size_t i = 0; i < fake_count(p->rig.f, F1P_EV_LINK); i++) {
		const struct f1p_ev_link *link = fake_event(p->rig.f, F1P_EV_LINK, i);

		downs += link->condition == F1P_LINK_DOWN;
	}
	return downs;
}

/* The whole point of two connections: whatever is cut, the stream is that of one that is never cut, event for event. */
static void with_two_connections_cuts_change_nothing(void **state)
{
	int cuts = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		play(&uncut, seed, one, CUT_NOTHING);
		play(&broken, seed, two, CUT_REDUNDANT);
		cuts += broken.cuts;
		assert_int_equal(count_downs(&broken), 0);
		assert_false(rig_logged(&broken.rig, "did not overlap"));
		/* the first snapshots are of the same moment, or of a few messages apart: compared is what comes behind */
		list_events(uncut.rig.f, &uncut_list, false);
		list_events(broken.rig.f, &cut_list, false);
		assert_true(uncut_list.n >= cut_list.n);
		memmove(uncut_list.events, uncut_list.events + (uncut_list.n - cut_list.n), cut_list.n * sizeof(uncut_list.events[0]));
		uncut_list.n = cut_list.n;
		assert_true(cut_list.n > MESSAGES - 60);
		expect_equal_lists(seed);
		assert_int_equal(fake_count(broken.rig.f, F1P_EV_FEED_RESET), 1); /* and it is never begun anew */
		assert_string_equal(rig_link(&broken.rig), rig_link(&uncut.rig));
		list_events(broken.rig.f, &cut_list, true);
		expect_truth(&broken, &cut_list);
		rig_stop(&uncut.rig);
		rig_stop(&broken.rig);
	}
	assert_true(cuts >= 5 * SEEDS);
}

/* With one connection something is missing after a cut, but what is told is true, in order, and told once; the end is right. */
static void with_one_connection_nothing_is_doubled_and_the_end_is_right(void **state)
{
	int cuts = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		size_t at = 0, downs;

		play(&uncut, seed, one, CUT_NOTHING);
		play(&broken, seed, one, CUT_ANYTHING);
		list_events(uncut.rig.f, &uncut_list, false);
		list_events(broken.rig.f, &cut_list, false);
		for (size_t i = 0; i < cut_list.n; i++, at++) {
			while (at < uncut_list.n && !same(cut_list.events[i], uncut_list.events[at])) {
				at++;
			}
			if (at == uncut_list.n) {
				fail_msg("seed %llu: event %zu (type %u) is false, doubled or out of order", (unsigned long long)seed, i,
					cut_list.events[i]->type);
			}
		}
		list_events(broken.rig.f, &cut_list, true);
		expect_truth(&broken, &cut_list);
		downs = count_downs(&broken);
		assert_true((int)downs >= broken.breaks && (int)downs <= broken.breaks + 1); /* each break; and a failure at the start */
		assert_memory_equal(rig_link(&broken.rig), "up ", 3);
		cuts += broken.cuts;
		rig_stop(&uncut.rig);
		rig_stop(&broken.rig);
	}
	assert_true(cuts >= 5 * SEEDS);
}

/* Cut both whenever one likes: the end is right all the same. */
static void whatever_is_cut_the_end_is_right(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		play(&broken, seed, "connections=2\nretry_min=500ms\nretry_max=1s\nrenew_after=10s", CUT_ANYTHING);
		list_events(broken.rig.f, &cut_list, true);
		expect_truth(&broken, &cut_list);
		rig_stop(&broken.rig);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(with_two_connections_cuts_change_nothing),
		cmocka_unit_test(with_one_connection_nothing_is_doubled_and_the_end_is_right),
		cmocka_unit_test(whatever_is_cut_the_end_is_right),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
