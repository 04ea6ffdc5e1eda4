/*
 * book_read.c - a subscription from the body of a request.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "book.h"

#define COOLDOWN_S 60
#define HYSTERESIS 200 /* 1e-4: two points */
#define SECRET_LEAST 16u

struct reading {
	struct subscription *s;
	bool has_rule, has_topics;
	char *err;
	size_t err_size;
};

static bool refuse(struct reading *r, const char *what)
{
	snprintf(r->err, r->err_size, "%s", what);
	return false;
}

/* ------------------------------------------------------------------ the rule */

static bool take_rule(struct reading *r, const char *text)
{
	char why[200];

	r->has_rule = true;
	if (rule_parse(&r->s->watch.rule, text, strlen(text), why, sizeof(why))) {
		return true;
	}
	snprintf(r->err, r->err_size, "rule: %.180s", why);
	return false;
}

/* A rule as an object: its parts, which are put together to its text. */
struct parts {
	char what[24], driver[8], on[8], compare[12];
	int64_t laps, value; /* value: hundredths */
	bool has_value, my;
};

static bool driver_text(struct f1p_json_slice v, char out[8])
{
	struct rule_driver d;
	char text[8] = "";

	if (field_is_text(v) ? !field_text(v, text, sizeof(text)) : v.n > 3) {
		return false;
	}
	if (!(field_is_text(v) ? rule_driver_parse(&d, text, strlen(text)) : rule_driver_parse(&d, v.text, v.n) && d.number)) {
		return false;
	}
	rule_driver_text(&d, out);
	return true;
}

static bool take_part(struct parts *p, struct f1p_json_slice key, struct f1p_json_slice v)
{
	if (f1p_json_slice_is(key, "what")) {
		return field_text(v, p->what, sizeof(p->what));
	}
	if (f1p_json_slice_is(key, "driver")) {
		return driver_text(v, p->driver);
	}
	if (f1p_json_slice_is(key, "on")) {
		return driver_text(v, p->on);
	}
	if (f1p_json_slice_is(key, "my_driver")) {
		return field_bool(v, &p->my);
	}
	if (f1p_json_slice_is(key, "within_laps")) {
		return field_number(v, 0, 1, 5, &p->laps);
	}
	if (f1p_json_slice_is(key, "compare")) {
		return field_text(v, p->compare, sizeof(p->compare));
	}
	p->has_value = f1p_json_slice_is(key, "value");
	return p->has_value && field_number(v, 2, 0, 10000, &p->value);
}

static void put_together(const struct parts *p, char *out, size_t size)
{
	bool change = p->compare[0] >= 'a' && p->compare[0] <= 'z';
	char what[24], who[24] = "", laps[24] = "", value[24] = "", test[64] = "";

	snprintf(what, sizeof(what), "%s", p->what);
	for (char *at = what; *at; at++) {
		*at = *at == '_' ? ' ' : *at;
	}
	if (p->driver[0]) {
		snprintf(who, sizeof(who), p->on[0] ? "[%.7s on %.7s]" : "[%.7s]", p->driver, p->on);
	}
	if (p->laps) {
		snprintf(laps, sizeof(laps), " within %d laps", (int)p->laps);
	}
	if (p->has_value) {
		snprintf(value, sizeof(value), "%d.%02d", (int)(p->value / 100), (int)(p->value % 100));
	}
	if (p->compare[0] || p->has_value) {
		snprintf(test, sizeof(test), " %.11s %s %s %s", p->compare, change ? "by >=" : "", value,
			change				? "points"
			: strcmp(what, "position") == 0 ? ""
							: "%");
	}
	snprintf(out, size, "%s%s%s%s%s", p->my ? "my driver " : "", what, who, laps, test);
}

static bool take_rule_object(struct reading *r, struct f1p_json_slice v)
{
	struct f1p_json_cutter c;
	struct f1p_json_slice key, value;
	struct parts p = {0};
	char text[RULE_TEXT_MAX];

	if (v.n == 0 || v.text[0] != '{' || !f1p_json_cut_begin(&c, v.text, v.n)) {
		return refuse(r, "rule: a text or an object is expected");
	}
	while (f1p_json_cut_next(&c, &key, &value) == F1P_OK) {
		if (!take_part(&p, key, value)) {
			snprintf(r->err, r->err_size,
				"rule: %.*s is unknown or no fit value; known are what, driver, on, my_driver, within_laps, "
				"compare, value",
				(int)(key.n < 40 ? key.n : 40), key.text);
			return false;
		}
	}
	if (p.on[0] && !p.driver[0]) {
		return refuse(r, "rule: on needs a driver");
	}
	put_together(&p, text, sizeof(text));
	return take_rule(r, text);
}

/* ------------------------------------------------------------------ members */

static bool take_drivers(struct reading *r, struct f1p_json_slice v)
{
	struct watch *w = &r->s->watch;
	struct f1p_json_cutter c;
	struct f1p_json_slice value;
	char text[8];

	if (w->n_drivers > 0 || v.n == 0 || v.text[0] != '[' || !f1p_json_cut_begin(&c, v.text, v.n)) {
		return refuse(r, "drivers: a list of codes or car numbers is expected, once");
	}
	while (f1p_json_cut_next(&c, NULL, &value) == F1P_OK) {
		if (w->n_drivers == F1P_MAX_CARS || !driver_text(value, text)) {
			return refuse(r, "drivers: at most 32 codes (\"VER\") or car numbers are expected");
		}
		rule_driver_parse(&w->drivers[w->n_drivers++], text, strlen(text));
	}
	return w->n_drivers > 0 || refuse(r, "drivers: the list is empty; leave it out to mean all");
}

static bool take_topics(struct reading *r, struct f1p_json_slice v)
{
	struct f1p_json_cutter c;
	struct f1p_json_slice value;
	char text[24];

	if (v.n == 0 || v.text[0] != '[' || !f1p_json_cut_begin(&c, v.text, v.n)) {
		return refuse(r, "topics: a list is expected");
	}
	while (f1p_json_cut_next(&c, NULL, &value) == F1P_OK) {
		if (!field_text(value, text, sizeof(text)) || strcmp(text, "race_control") != 0) {
			return refuse(
				r, "topics: without a rule a webhook takes race_control alone; for the others open a socket");
		}
		r->has_topics = true;
	}
	return true;
}

static bool take_url(struct reading *r, struct f1p_json_slice v)
{
	char url[URL_BYTES_MAX + 1];

	if (r->s->url || !field_text(v, url, sizeof(url)) || !url[0]) {
		return refuse(r, "webhook: an URL of at most 2000 bytes of UTF-8 is expected");
	}
	r->s->url = strdup(url);
	return r->s->url || refuse(r, "no memory");
}

static bool take_secret(struct reading *r, struct f1p_json_slice v)
{
	char secret[SECRET_MAX + 1] = "";

	if (r->s->secret || !field_text(v, secret, sizeof(secret)) || strlen(secret) < SECRET_LEAST) {
		return refuse(r, "webhook: a secret has 16 to 256 bytes of UTF-8");
	}
	r->s->secret = strdup(secret);
	explicit_bzero(secret, sizeof(secret));
	return r->s->secret || refuse(r, "no memory");
}

static bool take_webhook(struct reading *r, struct f1p_json_slice v)
{
	struct f1p_json_cutter c;
	struct f1p_json_slice key, value;

	if (field_is_text(v)) {
		return take_url(r, v);
	}
	if (v.n == 0 || v.text[0] != '{' || !f1p_json_cut_begin(&c, v.text, v.n)) {
		return refuse(r, "webhook: an URL, or an object of url and secret is expected");
	}
	while (f1p_json_cut_next(&c, &key, &value) == F1P_OK) {
		bool is_url = f1p_json_slice_is(key, "url");
		if (!is_url && !f1p_json_slice_is(key, "secret")) {
			return refuse(r, "webhook: known are url and secret");
		}
		if (!(is_url ? take_url(r, value) : take_secret(r, value))) {
			return false;
		}
	}
	return r->s->url || refuse(r, "webhook: url is missing");
}

static bool take_repeat(struct reading *r, struct f1p_json_slice v)
{
	char text[8] = "";

	field_text(v, text, sizeof(text));
	r->s->once = strcmp(text, "once") == 0;
	return r->s->once || strcmp(text, "every") == 0 || refuse(r, "repeat: \"every\" or \"once\" is expected");
}

static bool take_number(struct reading *r, struct f1p_json_slice key, struct f1p_json_slice v)
{
	int64_t n = 0;

	if (f1p_json_slice_is(key, "delay_s") && field_number(v, 0, 0, DELAY_MAX_S, &n)) {
		r->s->delay_s = (int32_t)n;
	} else if (f1p_json_slice_is(key, "cooldown_s") && field_number(v, 0, 0, 3600, &n)) {
		r->s->watch.cooldown_ns = n * 1000000000;
	} else if (f1p_json_slice_is(key, "hysteresis_points") && field_number(v, 2, 0, 5000, &n)) {
		r->s->watch.hysteresis = (int32_t)n;
	} else {
		snprintf(r->err, r->err_size,
			"%.*s: unknown, or out of range; delay_s is 0 to 600, cooldown_s 0 to 3600, hysteresis_points 0 to 50",
			(int)(key.n < 40 ? key.n : 40), key.text);
		return false;
	}
	return true;
}

static bool take_member(struct reading *r, struct f1p_json_slice key, struct f1p_json_slice v)
{
	char text[RULE_TEXT_MAX + 1];

	if (f1p_json_slice_is(key, "rule")) {
		if (r->has_rule) {
			return refuse(r, "rule: it is given twice");
		}
		return field_text(v, text, sizeof(text)) ? take_rule(r, text) : take_rule_object(r, v);
	}
	if (f1p_json_slice_is(key, "drivers")) {
		return take_drivers(r, v);
	}
	if (f1p_json_slice_is(key, "topics")) {
		return take_topics(r, v);
	}
	if (f1p_json_slice_is(key, "webhook")) {
		return take_webhook(r, v);
	}
	if (f1p_json_slice_is(key, "repeat")) {
		return take_repeat(r, v);
	}
	if (f1p_json_slice_is(key, "no_spoiler")) {
		return field_bool(v, &r->s->no_spoiler) || refuse(r, "no_spoiler: true or false is expected");
	}
	return take_number(r, key, v);
}

static bool read_members(struct reading *r, const char *json, size_t n)
{
	struct f1p_json_cutter c;
	struct f1p_json_slice key, value;
	char why[160] = "";

	if (f1p_json_read(&(const struct f1p_json_handler){0}, NULL, json, n, why, sizeof(why)) != F1P_OK) {
		snprintf(r->err, r->err_size, "not valid JSON: %.140s", why);
		return false;
	}
	if (!f1p_json_cut_begin(&c, json, n) || c.closing != '}') {
		return refuse(r, "an object is expected");
	}
	while (f1p_json_cut_next(&c, &key, &value) == F1P_OK) {
		if (!take_member(r, key, value)) {
			return false;
		}
	}
	return true;
}

static bool complete(struct reading *r)
{
	if (r->has_rule && r->has_topics) {
		return refuse(r, "topics: a rule says itself what it is about; leave topics out");
	}
	if (!r->has_rule && !(r->has_topics && r->s->url)) {
		return refuse(r, "rule is missing");
	}
	if (!r->has_rule) {
		r->s->watch.rule = (struct rule){.kind = RULE_RACE_CONTROL, .test = RULE_HAPPENS};
	}
	if (r->s->watch.rule.my && r->s->watch.n_drivers == 0) {
		return refuse(r, "drivers is missing: \"my driver\" does not say which");
	}
	return true;
}

static struct subscription *create(void)
{
	struct subscription *s = calloc(1, sizeof(*s));

	if (s) {
		s->watch.cooldown_ns = COOLDOWN_S * INT64_C(1000000000);
		s->watch.hysteresis = HYSTERESIS;
		s->t_told_ns = F1P_UNKNOWN_NS;
	}
	return s;
}

struct subscription *subscription_read(const char *json, size_t n, char *err, size_t err_size)
{
	struct reading r = {.s = create(), .err = err, .err_size = err_size};

	if (!r.s) {
		snprintf(err, err_size, "no memory");
		return NULL;
	}
	if (read_members(&r, json, n) && complete(&r)) {
		return r.s;
	}
	subscription_destroy(r.s);
	return NULL;
}
