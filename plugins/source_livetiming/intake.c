/*
 * intake.c - see intake.h.
 */
#include "intake.h"
#include "signalr.h"

#include <helpers/utf8.h>

#include <stdio.h>
#include <string.h>

#define NS_PER_S INT64_C(1000000000)
#define ODD_NS (600 * NS_PER_S) /* a step that the feed's time does not make, unless our clock agrees */
#define ODD_ENOUGH 16u		/* so many in a row: it has made it */
#define DAY_NS (24 * 3600 * NS_PER_S)
#define COMPLAINTS_MAX 20u

static f1p_status emit(void *arg, const struct f1p_event *ev)
{
	struct slt_intake *in = arg;

	if (ev->type == F1P_EV_SESSION_STATUS) {
		in->session_status = (uint32_t)((const struct f1p_ev_value *)(const void *)ev)->value;
	}
	return in->bus->emit(in->host, ev);
}

static void complain(void *arg, const char *topic, const char *reason)
{
	struct slt_intake *in = arg;

	if (++in->complaints <= COMPLAINTS_MAX) {
		in->host->log(in->host, F1P_LOG_WARN, "%s: %s%s", topic, reason,
			in->complaints == COMPLAINTS_MAX ? " (more of this kind is only counted)" : "");
	}
}

bool slt_intake_init(struct slt_intake *in, const struct f1p_host *host, const struct f1p_bus *bus)
{
	*in = (struct slt_intake){.host = host, .bus = bus, .feed_ns = F1P_UNKNOWN_NS};
	lt_meters_init(&in->meters, host);
	if (in->meters.metrics != NULL) {
		in->lag = in->meters.metrics->get(host, F1P_METRIC_GAUGE, "f1pd_source_lag_seconds",
			"Our clock minus the feed's time of its newest message, when that came.", NULL, NULL);
	}
	in->decoder = lt_create(emit, complain, in);
	return in->decoder != NULL;
}

void slt_intake_finish(struct slt_intake *in)
{
	lt_destroy(in->decoder);
	in->decoder = NULL;
}

/* ---- times ---- */

struct slt_message slt_intake_message_of(struct f1p_json_slice topic, struct f1p_json_slice data, struct f1p_json_slice time)
{
	struct slt_message msg = {.topic = topic, .data = data, .time = time};

	if (!lt_parse_utc(time.text, time.n, &msg.t_ns)) {
		msg.t_ns = F1P_UNKNOWN_NS;
	}
	return msg;
}

static int64_t host_now(const struct slt_intake *in)
{
	return in->host->now_utc_ns(in->host);
}

/* A time to put on what has none. */
static int64_t fallback_time(const struct slt_intake *in)
{
	int64_t now_ns = host_now(in);

	return in->feed_ns != F1P_UNKNOWN_NS ? in->feed_ns : now_ns != F1P_UNKNOWN_NS ? now_ns : 0;
}

static bool is_near(int64_t a_ns, int64_t b_ns, int64_t most_ns)
{
	return a_ns != F1P_UNKNOWN_NS && b_ns != F1P_UNKNOWN_NS && a_ns >= 0 && b_ns >= 0 &&
	       (a_ns > b_ns ? a_ns - b_ns : b_ns - a_ns) <= most_ns;
}

/* The feed's time, as it was told, but that it never goes back: what comes late has its place in the order, not in time. */
static int64_t time_of(struct slt_intake *in, const struct slt_message *msg)
{
	bool odd = in->feed_ns != F1P_UNKNOWN_NS && !is_near(msg->t_ns, in->feed_ns, ODD_NS) &&
		   !is_near(msg->t_ns, host_now(in), ODD_NS);

	if (msg->t_ns == F1P_UNKNOWN_NS || (odd && ++in->odd_in_row < ODD_ENOUGH)) {
		in->odd_times++;
		return fallback_time(in);
	}
	if (odd || in->feed_ns == F1P_UNKNOWN_NS || msg->t_ns > in->feed_ns) {
		in->feed_ns = msg->t_ns;
	}
	in->odd_in_row = 0;
	return in->feed_ns;
}

/* ---- what a payload tells besides events ---- */

static struct f1p_json_slice member(const char *json, size_t n, const char *name)
{
	struct f1p_json_cutter cut;
	struct f1p_json_slice key, value;

	if (f1p_json_cut_begin(&cut, json, n) && cut.closing == '}') {
		while (f1p_json_cut_next(&cut, &key, &value) == F1P_OK) {
			if (f1p_json_slice_is(key, name)) {
				return value;
			}
		}
	}
	return (struct f1p_json_slice){"", 0};
}

static struct slt_session_id session_of(struct f1p_json_slice info)
{
	struct slt_session_id id;
	struct f1p_json_slice key = member(info.text, info.n, "Key");
	struct f1p_json_slice path = slt_inside_quotes(member(info.text, info.n, "Path"));

	f1p_utf8_copy(id.key, sizeof(id.key), key.text, key.n);
	f1p_utf8_copy(id.path, sizeof(id.path), path.text, path.n);
	return id;
}

static bool differ(const char *a, const char *b)
{
	return a[0] != '\0' && b[0] != '\0' && strcmp(a, b) != 0;
}

static bool is_other(const struct slt_session_id *a, const struct slt_session_id *b)
{
	return differ(a->key, b->key) || differ(a->path, b->path);
}

bool slt_intake_is_other(const struct slt_intake *in, const char *snapshot, size_t n)
{
	struct slt_session_id id = session_of(member(snapshot, n, "SessionInfo"));

	return is_other(&in->session, &id);
}

bool slt_intake_is_running(const struct slt_intake *in)
{
	return in->session_status == F1P_STATUS_STARTED || in->session_status == F1P_STATUS_ABORTED;
}

/* A snapshot has no time of its own. The best is that of the message behind it; else the heartbeat in it, which is days old
 * between sessions and then tells nothing; else our clock. */
static int64_t snapshot_time(const struct slt_intake *in, const char *json, size_t n, const struct slt_message *first)
{
	struct f1p_json_slice beat = member(json, n, "Heartbeat");
	struct f1p_json_slice utc = slt_inside_quotes(member(beat.text, beat.n, "Utc"));
	int64_t now_ns = host_now(in);
	int64_t beat_ns = F1P_UNKNOWN_NS;

	if (!lt_parse_utc(utc.text, utc.n, &beat_ns)) {
		beat_ns = F1P_UNKNOWN_NS;
	}
	if (first != NULL && (is_near(first->t_ns, beat_ns, ODD_NS) || is_near(first->t_ns, now_ns, DAY_NS))) {
		return first->t_ns;
	}
	if (is_near(beat_ns, now_ns, DAY_NS) || (now_ns == F1P_UNKNOWN_NS && beat_ns != F1P_UNKNOWN_NS && beat_ns >= 0)) {
		return beat_ns;
	}
	return now_ns != F1P_UNKNOWN_NS ? now_ns : fallback_time(in);
}

/* ---- stream ---- */

void slt_intake_snapshot(struct slt_intake *in, const char *json, size_t n, const struct slt_message *first)
{
	int64_t t_ns = snapshot_time(in, json, n, first);
	struct slt_session_id before = in->session;

	in->session = session_of(member(json, n, "SessionInfo"));
	if (!is_other(&before, &in->session) && t_ns < in->feed_ns && is_near(t_ns, in->feed_ns, ODD_NS)) {
		t_ns = in->feed_ns; /* the session goes on: its time does not go back */
	}
	in->other_session = false;
	in->session_status = 0;
	in->odd_in_row = 0;
	in->feed_ns = t_ns;
	lt_snapshot(in->decoder, json, n, t_ns, 0);
}

bool slt_intake_message(struct slt_intake *in, const struct slt_message *msg)
{
	int64_t t_ns = 0;

	if (in->other_session) {
		return true;
	}
	if (f1p_json_slice_is(msg->topic, "SessionInfo")) {
		struct slt_session_id id = session_of(msg->data);

		if (is_other(&in->session, &id)) {
			in->other_session = true;
			return true;
		}
		if (in->session.path[0] == '\0') {
			memcpy(in->session.path, id.path, sizeof(id.path));
		}
	}
	t_ns = time_of(in, msg);
	if (in->lag != NULL && msg->t_ns != F1P_UNKNOWN_NS && host_now(in) != F1P_UNKNOWN_NS) {
		in->meters.metrics->put(in->lag, (double)(host_now(in) - msg->t_ns) / 1e9);
	}
	return lt_message(in->decoder, msg->topic.text, msg->topic.n, msg->data.text, msg->data.n, t_ns, 0) == F1P_OK;
}

void slt_intake_addition(struct slt_intake *in, struct f1p_json_slice topic, struct f1p_json_slice json)
{
	if (!in->other_session) {
		lt_message(in->decoder, topic.text, topic.n, json.text, json.n, fallback_time(in), F1P_EVF_SNAPSHOT);
	}
}

void slt_intake_broken(struct slt_intake *in, const char *why)
{
	in->broken_records++;
	complain(in, "record", why);
}

/* ---- link, metrics ---- */

void slt_intake_link(struct slt_intake *in, uint32_t condition, uint32_t kinds, const char *text)
{
	struct f1p_ev_link ev = {
		.h = {.size = sizeof(ev), .space = F1P_SPACE_CORE, .type = F1P_EV_LINK}, .condition = condition, .kinds = kinds};
	int64_t now_ns = host_now(in);

	f1p_utf8_copy(ev.text, sizeof(ev.text), text, strlen(text));
	if (in->link == condition && strcmp(in->link_text, ev.text) == 0) {
		return;
	}
	ev.h.t_event_ns = condition == F1P_LINK_DOWN || now_ns == F1P_UNKNOWN_NS ? fallback_time(in) : now_ns;
	in->link = condition;
	memcpy(in->link_text, ev.text, sizeof(ev.text));
	in->bus->emit(in->host, &ev.h);
}

void slt_intake_put_metrics(struct slt_intake *in)
{
	const struct lt_meters_own own = {.rejected = in->broken_records, .odd_times = in->odd_times};

	lt_meters_put(&in->meters, lt_get_stats(in->decoder), &own);
}
