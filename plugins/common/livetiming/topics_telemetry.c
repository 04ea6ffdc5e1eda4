/*
 * topics_telemetry.c - CarData and Position: several entries per message, each with its own time.
 *
 * The entries' clock is not the feed's (it may run 2 s ahead). So the newest entry of a message is put at the message's
 * time and the others as far before it as their own times say: one time axis for all events of the source.
 */
#include "decoder.h"
#include "values.h"

#include <string.h>

#define NO_DATA 104 /* in throttle and brake */
#define LONGEST_MESSAGE_NS INT64_C(10000000000)

/* Until the message ends, t_event_ns of its telemetry is the entry's own time. */
static void stamp_entry(struct lt_decoder *d)
{
	for (size_t at = d->entry_mark; at < d->out.n;) {
		struct f1p_event *ev = (struct f1p_event *)(void *)(d->out.bytes + at);

		ev->t_event_ns = d->entry_utc_ns;
		at += ev->size;
	}
	if (d->entry_utc_ns != F1P_UNKNOWN_NS && (d->last_utc_ns == F1P_UNKNOWN_NS || d->entry_utc_ns > d->last_utc_ns)) {
		d->last_utc_ns = d->entry_utc_ns;
	}
}

static void begin_entry(struct lt_decoder *d, const struct lt_node *node)
{
	(void)node;
	d->entry_mark = d->out.n;
	d->entry_utc_ns = F1P_UNKNOWN_NS;
}

static void end_entry(struct lt_decoder *d, const struct lt_node *node)
{
	(void)node;
	stamp_entry(d);
}

static void end_message(struct lt_decoder *d, const struct lt_node *node)
{
	(void)node;
	for (size_t at = d->stamp_mark; at < d->out.n;) {
		struct f1p_event *ev = (struct f1p_event *)(void *)(d->out.bytes + at);
		int64_t before = ev->t_event_ns != F1P_UNKNOWN_NS ? d->last_utc_ns - ev->t_event_ns : 0;
		bool is_sane = before <= LONGEST_MESSAGE_NS && d->t_event_ns >= INT64_MIN + LONGEST_MESSAGE_NS;

		ev->t_event_ns = d->t_event_ns - (is_sane ? before : 0);
		at += ev->size;
	}
}

/* ---- CarData ---- */

static void begin_channels(struct lt_decoder *d, const struct lt_node *node)
{
	(void)node;
	memset(&d->in.telemetry, 0, sizeof(d->in.telemetry));
	d->in.telemetry.throttle_pct = d->in.telemetry.brake_pct = d->in.telemetry.drs = 255;
}

static void end_channels(struct lt_decoder *d, const struct lt_node *node)
{
	(void)node;
	d->in.telemetry.car = d->car_number;
	LT_PUSH(d, F1P_EV_TELEMETRY, &d->in.telemetry);
}

static bool set_percent(struct lt_decoder *d, const struct lt_node *node, const struct lt_value *v)
{
	int64_t percent = 0;

	if (lt_parse_int(v->text, v->n, NO_DATA, NO_DATA, &percent)) {
		return true;
	}
	return lt_set_int(d, node, v);
}

#define CHANNEL(key, setter, member, most)                                                                                       \
	{                                                                                                                        \
		LT_NAMED(key), .kind = LT_FIELD, .set = setter, LT_INTO(in.telemetry.member), .lo = 0, .hi = most                \
	}

static const struct lt_node channel_members[] = {
	CHANNEL("0", lt_set_int, rpm, 25000),
	CHANNEL("2", lt_set_int, speed_kmh, 500),
	CHANNEL("3", lt_set_int, gear, 9),
	CHANNEL("4", set_percent, throttle_pct, 100),
	CHANNEL("5", set_percent, brake_pct, 100),
	CHANNEL("45", lt_set_int, drs, 254),
};
static const struct lt_node channels[] = {
	{LT_NAMED("Channels"), .kind = LT_OBJECT, LT_CHILDREN(channel_members), .begin = begin_channels, .end = end_channels},
};
static const struct lt_node car_element[] = {{.kind = LT_OBJECT, LT_CHILDREN(channels)}};
static const struct lt_node car_entry_members[] = {
	{LT_NAMED("Utc"), .kind = LT_FIELD, .set = lt_set_utc, LT_INTO(entry_utc_ns)},
	{LT_NAMED("Cars"), .kind = LT_CARS, LT_CHILDREN(car_element)},
};
static const struct lt_node car_entry[] = {
	{.kind = LT_OBJECT, LT_CHILDREN(car_entry_members), .begin = begin_entry, .end = end_entry},
};
static const struct lt_node car_data_members[] = {
	{LT_NAMED("Entries"), .kind = LT_LIST, .index = LT_IX_ENTRY, LT_CHILDREN(car_entry), .hi = 1000},
};
const struct lt_node lt_car_data = {.kind = LT_OBJECT, LT_CHILDREN(car_data_members), .end = end_message};

/* ---- Position ---- */

static void begin_xyz(struct lt_decoder *d, const struct lt_node *node)
{
	(void)node;
	memset(&d->in.xyz, 0, sizeof(d->in.xyz));
	d->in.xyz.on_track = F1P_TRI_UNKNOWN;
}

static void end_xyz(struct lt_decoder *d, const struct lt_node *node)
{
	(void)node;
	d->in.xyz.car = d->car_number;
	LT_PUSH(d, F1P_EV_XYZ, &d->in.xyz);
}

static bool set_on_track(struct lt_decoder *d, const struct lt_node *node, const struct lt_value *v)
{
	static const struct lt_word words[] = {{"OnTrack", F1P_YES}, {"OffTrack", F1P_NO}};

	(void)node;
	d->in.xyz.on_track = (uint8_t)LT_WORD(words, v, F1P_TRI_UNKNOWN);
	return true;
}

#define AXIS(key, member)                                                                                                        \
	{                                                                                                                        \
		LT_NAMED(key), .kind = LT_FIELD, .set = lt_set_int, LT_INTO(in.xyz.member), .lo = -1000000, .hi = 1000000        \
	}

static const struct lt_node xyz_members[] = {
	{LT_NAMED("Status"), .kind = LT_FIELD, .set = set_on_track},
	AXIS("X", x_dm),
	AXIS("Y", y_dm),
	AXIS("Z", z_dm),
};
static const struct lt_node xyz_element[] = {{.kind = LT_OBJECT, LT_CHILDREN(xyz_members), .begin = begin_xyz, .end = end_xyz}};
static const struct lt_node xyz_entry_members[] = {
	{LT_NAMED("Timestamp"), .kind = LT_FIELD, .set = lt_set_utc, LT_INTO(entry_utc_ns)},
	{LT_NAMED("Entries"), .kind = LT_CARS, LT_CHILDREN(xyz_element)},
};
static const struct lt_node xyz_entry[] = {
	{.kind = LT_OBJECT, LT_CHILDREN(xyz_entry_members), .begin = begin_entry, .end = end_entry},
};
static const struct lt_node position_members[] = {
	{LT_NAMED("Position"), .kind = LT_LIST, .index = LT_IX_ENTRY, LT_CHILDREN(xyz_entry), .hi = 1000},
};
const struct lt_node lt_position = {.kind = LT_OBJECT, LT_CHILDREN(position_members), .end = end_message};
