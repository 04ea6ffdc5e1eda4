/* alert.c - see alert.h. */
#include "alert.h"

#include <stdio.h>
#include <string.h>

#include "helpers/encode.h"
#include "helpers/encode_keys.h"
#include "helpers/utf8.h"

static void name_of(const struct f1p_state *s, uint16_t number, char out[8])
{
	const struct f1p_car *car = number ? f1p_state_car(s, number) : NULL;

	out[0] = '\0';
	if (car && car->code[0]) {
		snprintf(out, 8, "%.7s", car->code);
	} else if (number) {
		snprintf(out, 8, "%u", number);
	}
}

static const char *subject(const struct rule *r)
{
	return r->kind == RULE_WIN	? "to win"
	       : r->kind == RULE_PODIUM ? "of a podium"
	       : r->kind == RULE_POINTS ? "of points"
					: "to retire";
}

static const char *happening(const struct rule *r)
{
	switch (r->kind) {
	case RULE_PITS:
		return "pits";
	case RULE_RETIRES:
		return "retires";
	case RULE_LEADS:
		return "leads";
	case RULE_SAFETY_CAR:
		return "Safety car";
	case RULE_VSC:
		return "Virtual safety car";
	case RULE_RED_FLAG:
		return "Red flag";
	case RULE_RAIN:
		return "It rains";
	case RULE_STARTS:
		return "starts";
	default:
		return "finishes";
	}
}

static void describe_chance(struct alert *a, const struct rule *r)
{
	double now = a->found.value / 100.0, before = a->found.before / 100.0;

	if (r->kind == RULE_OVERTAKE) {
		snprintf(a->text, sizeof(a->text), "%s on %s: %.0f %% within %u laps", a->driver,
			a->other[0] ? a->other : "the car ahead", now, r->laps);
	} else if (a->found.before != F1P_UNKNOWN) {
		snprintf(a->text, sizeof(a->text), "%s: chance %s %.1f %%, was %.1f %%", a->driver, subject(r), now, before);
	} else {
		snprintf(a->text, sizeof(a->text), "%s: chance %s %.1f %%", a->driver, subject(r), now);
	}
}

static void describe_happening(struct alert *a, const struct rule *r, const struct f1p_state *s)
{
	const char *first = r->kind == RULE_STARTS || r->kind == RULE_FINISHES ? a->session : a->driver;
	char lap[24] = "";

	if (s->lap != F1P_UNKNOWN && s->lap > 0) {
		snprintf(lap, sizeof(lap), ", lap %d", s->lap);
	}
	snprintf(a->text, sizeof(a->text), "%s%s%s%s", first, first[0] ? " " : "", happening(r), lap);
}

static void describe_session(struct alert *a, const struct f1p_state *s)
{
	f1p_utf8_copy(a->session, sizeof(a->session), s->name, strnlen(s->name, sizeof(s->name)));
	f1p_utf8_copy(a->meeting, sizeof(a->meeting), s->meeting, strnlen(s->meeting, sizeof(s->meeting)));
	a->session_key = s->session_key;
	a->simulated = (s->flags & F1P_EVF_SIMULATED) != 0;
}

void alert_describe(struct alert *a, const struct rule *r, const struct news *n, const struct finding *f)
{
	describe_session(a, n->state);
	a->seq = n->seq;
	a->t_ns = n->t_ns;
	a->found = *f;
	a->is_places = r->kind == RULE_POSITION;
	name_of(n->state, f->car, a->driver);
	name_of(n->state, f->other, a->other);
	if (n->kind == NEWS_MESSAGE) {
		f1p_utf8_copy(a->text, sizeof(a->text), n->message->text, strnlen(n->message->text, sizeof(n->message->text)));
	} else if (rule_is_chance(r) || r->kind == RULE_OVERTAKE) {
		describe_chance(a, r);
	} else if (r->kind == RULE_POSITION) {
		snprintf(a->text, sizeof(a->text), "%s is P%d", a->driver, f->value);
	} else {
		describe_happening(a, r, n->state);
	}
}

static void member_text(struct f1p_json *j, const char *key, const char *text)
{
	f1p_json_key(j, key);
	f1p_json_str(j, text[0] ? text : NULL);
}

static void member_value(struct f1p_json *j, const char *key, const struct alert *a, int32_t value)
{
	f1p_json_key(j, key);
	if (value == F1P_UNKNOWN) {
		f1p_json_null(j);
	} else {
		f1p_json_num(j, a->is_places ? value : value / 100.0, a->is_places ? 0 : 2);
	}
}

static void encode_values(struct f1p_json *j, const struct alert *a)
{
	bool has = a->found.value != F1P_UNKNOWN;

	f1p_json_object(j);
	member_text(j, "driver", a->driver);
	f1p_json_key(j, "number");
	if (a->found.car) {
		f1p_json_uint(j, a->found.car);
	} else {
		f1p_json_null(j);
	}
	member_text(j, "on", a->other);
	member_value(j, "value", a, a->found.value);
	member_value(j, "before", a, a->found.before);
	member_text(j, "unit", !has ? "" : a->is_places ? "position" : "%");
	f1p_json_end(j);
}

static void encode_session(struct f1p_json *j, const struct alert *a)
{
	f1p_json_object(j);
	key_ref(j, "key", a->session_key);
	member_text(j, "name", a->session);
	member_text(j, "meeting", a->meeting);
	f1p_json_end(j);
}

void alert_encode(struct f1p_json *j, const struct alert *a)
{
	f1p_json_object(j);
	member_text(j, "id", a->id);
	member_text(j, "kind", a->test ? "test" : "alert");
	member_text(j, "subscription", a->subscription);
	member_text(j, "rule", a->no_spoiler ? "" : a->rule);
	member_text(j, "text", a->no_spoiler ? "Something happened; catch up" : a->text);
	f1p_json_key(j, "seq");
	f1p_json_uint(j, a->seq);
	f1p_json_key(j, "time");
	f1p_encode_time(j, a->t_ns);
	f1p_json_key(j, "simulated");
	f1p_json_bool(j, a->simulated);
	f1p_json_key(j, "session");
	encode_session(j, a);
	f1p_json_key(j, "values");
	if (a->no_spoiler || a->test) {
		f1p_json_null(j);
	} else {
		encode_values(j, a);
	}
	f1p_json_end(j);
}
