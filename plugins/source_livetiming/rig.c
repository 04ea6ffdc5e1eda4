/*
 * rig.c - see rig.h.
 */
#include "rig.h"

#include <time.h>

const char rig_snapshot[] =
	"{\"SessionInfo\":{\"Meeting\":{\"Key\":7,\"Name\":\"Test Grand Prix\"},\"Key\":70,\"Type\":\"Race\",\"Name\":\"Race\","
	"\"StartDate\":\"2030-03-17T18:00:00\",\"EndDate\":\"2030-03-17T20:00:00\",\"GmtOffset\":\"00:00:00\",\"Path\":\"2030/A/\"},"
	"\"SessionStatus\":{\"Status\":\"Started\"},\"Heartbeat\":{\"Utc\":\"2030-03-17T17:46:38.5Z\"},"
	"\"TimingData\":{\"Lines\":{\"1\":{\"Line\":1,\"NumberOfLaps\":4},\"44\":{\"Line\":2,\"NumberOfLaps\":4}}},"
	"\"LapCount\":{\"CurrentLap\":5,\"TotalLaps\":50}}";

struct rig rig_start(const char *options)
{
	struct rig r = {.f = fake_host_create("livetiming")};

	assert_non_null(r.f);
	r.f->now_ns = RIG_START_NS;
	r.f->schedule.mode = F1P_SEASON_LIVE;
	r.f->schedule.t_calendar_ns = RIG_START_NS;
	r.plugin = fake_start(r.f, &f1p_entry_v1, "source_livetiming", options);
	if (r.plugin == NULL) {
		fail_msg("the plugin does not start: %s", r.f->reason);
	}
	rig_poll(&r);
	return r;
}

void rig_stop(struct rig *r)
{
	fake_stop(r->f, r->plugin);
	fake_host_destroy(r->f);
}

void rig_poll(struct rig *r)
{
	int64_t due_ns = 0;

	assert_int_equal(fake_poll(r->f, r->plugin, &due_ns), F1P_OK);
}

void rig_pass(struct rig *r, int64_t ns)
{
	int64_t end_ns = r->f->now_ns + ns;

	for (int i = 0; i < 1000000; i++) {
		int64_t due_ns = 0;

		assert_int_equal(fake_poll(r->f, r->plugin, &due_ns), F1P_OK);
		if (due_ns > end_ns) {
			r->f->now_ns = end_ns;
			rig_poll(r);
			return;
		}
		r->f->now_ns = due_ns > r->f->now_ns ? due_ns : r->f->now_ns + RIG_MS; /* what is due at once must not be for ever */
	}
	fail_msg("it never waits");
}

const char *rig_stamp(const struct rig *r, int64_t ns)
{
	static char buffers[4][32];
	static unsigned turn;
	char *out = buffers[turn++ % 4];
	int64_t t_ns = r->f->now_ns + ns;
	time_t s = (time_t)(t_ns / RIG_S);
	struct tm tm;
	size_t n = 0;

	gmtime_r(&s, &tm);
	n = strftime(out, 32, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(out + n, 32 - n, ".%03dZ", (int)(t_ns % RIG_S / RIG_MS));
	return out;
}

struct fake_socket *rig_connect(struct rig *r)
{
	struct fake_request *q = fake_pending(r->f, "/signalrcore/negotiate");
	struct fake_socket *s = NULL;

	if (q == NULL) {
		return NULL;
	}
	assert_int_equal(q->method, F1P_HTTP_OPTIONS);
	fake_answer(r->f, q, 204, "set-cookie: AWSALBCORS=sticky; Path=/\n", "");
	q = fake_pending(r->f, "?negotiateVersion=1");
	assert_non_null(q);
	assert_int_equal(q->method, F1P_HTTP_POST);
	fake_answer(r->f, q, 200, NULL,
		"{\"negotiateVersion\":1,\"connectionId\":\"id\",\"connectionToken\":\"to+ken\",\"availableTransports\":"
		"[{\"transport\":\"WebSockets\",\"transferFormats\":[\"Text\"]}]}");
	s = fake_open_socket(r->f);
	assert_non_null(s);
	fake_socket_opened(s);
	assert_int_equal(s->n_sent, 1);
	fake_socket_message(s, "{}" END);
	assert_int_equal(s->n_sent, 2);
	return s;
}

void rig_result(struct fake_socket *s, const char *json)
{
	size_t size = strlen(json) + 64;
	char *text = malloc(size);

	assert_non_null(text);
	snprintf(text, size, "{\"type\":3,\"invocationId\":\"0\",\"result\":%s}" END, json);
	fake_socket_message(s, text);
	free(text);
}

struct fake_socket *rig_subscribe(struct rig *r, const char *result)
{
	struct fake_socket *s = rig_connect(r);

	assert_non_null(s);
	rig_result(s, result);
	return s;
}

void rig_feed(struct fake_socket *s, const char *topic, const char *json, const char *stamp)
{
	char text[4096];

	snprintf(text, sizeof(text), "{\"type\":1,\"target\":\"feed\",\"arguments\":[\"%s\",%s,\"%s\"]}" END, topic, json, stamp);
	fake_socket_message(s, text);
}

const char *rig_link(const struct rig *r)
{
	static const char *const words[] = {"", "connecting", "up", "down", "closed", "refused"};
	static char text[200];
	const struct f1p_ev_link *link = NULL;

	for (size_t at = 0; at < r->f->event_bytes;) {
		const struct f1p_event *ev = (const struct f1p_event *)(const void *)(r->f->events + at);

		link = ev->type == F1P_EV_LINK ? (const struct f1p_ev_link *)(const void *)ev : link;
		at += ev->size;
	}
	if (link == NULL) {
		return "";
	}
	snprintf(text, sizeof(text), "%s %s", words[link->condition], link->text);
	return text;
}

bool rig_logged(const struct rig *r, const char *part)
{
	return strstr(r->f->log, part) != NULL;
}

const void *rig_newest(const struct rig *r, uint16_t type)
{
	size_t n = fake_count(r->f, type);

	assert_true(n > 0);
	return fake_event(r->f, type, n - 1);
}

int32_t rig_lap(const struct rig *r)
{
	return ((const struct f1p_ev_lap_count *)rig_newest(r, F1P_EV_LAP_COUNT))->current;
}

struct fake_socket *rig_begin(struct rig *r)
{
	struct fake_socket *s = rig_subscribe(r, rig_snapshot);

	rig_feed(s, "Heartbeat", "{\"Utc\":\"x\"}", rig_stamp(r, -200 * RIG_MS));
	return s;
}

struct fake_request *rig_await(struct rig *r)
{
	for (int i = 0; i < 610 && fake_pending(r->f, "negotiate") == NULL; i++) {
		rig_pass(r, 100 * RIG_MS);
	}
	assert_non_null(fake_pending(r->f, "negotiate"));
	return fake_pending(r->f, "negotiate");
}
