/* book_keep.c - subscriptions as they are kept: the request that made them, and what they have seen since. */
#include "book.h"

#include <string.h>

static void save_edges(struct f1p_json *j, const struct watch *w)
{
	f1p_json_array(j);
	for (uint32_t i = 0; i < w->n_edges; i++) {
		f1p_json_array(j);
		f1p_json_uint(j, w->edges[i].car);
		f1p_json_uint(j, w->edges[i].armed);
		f1p_json_int(j, w->edges[i].base);
		field_put_time(j, w->edges[i].t_told_ns);
		f1p_json_end(j);
	}
	f1p_json_end(j);
}

static void save_request(struct f1p_json *j, const struct subscription *s)
{
	char text[RULE_TEXT];

	f1p_json_object(j); /* as the user asked for it: it is read back by what reads requests */
	f1p_json_key(j, "rule");
	rule_text(&s->watch.rule, text);
	f1p_json_str(j, text);
	if (s->watch.n_drivers) {
		f1p_json_key(j, "drivers");
		f1p_json_array(j);
		for (uint32_t i = 0; i < s->watch.n_drivers; i++) {
			rule_driver_text(&s->watch.drivers[i], text);
			f1p_json_str(j, text);
		}
		f1p_json_end(j);
	}
	if (s->url) {
		f1p_json_key(j, "webhook");
		f1p_json_object(j);
		f1p_json_key(j, "url");
		f1p_json_str(j, s->url);
		f1p_json_key(j, "secret");
		f1p_json_str(j, s->secret);
		f1p_json_end(j);
	}
	f1p_json_key(j, "repeat");
	f1p_json_str(j, s->once ? "once" : "every");
	f1p_json_key(j, "no_spoiler");
	f1p_json_bool(j, s->no_spoiler);
	f1p_json_key(j, "delay_s");
	f1p_json_int(j, s->delay_s);
	f1p_json_key(j, "cooldown_s");
	f1p_json_int(j, s->watch.cooldown_ns / 1000000000);
	f1p_json_key(j, "hysteresis_points");
	f1p_json_num(j, s->watch.hysteresis / 100.0, 2);
	f1p_json_end(j);
}

void subscription_save(struct f1p_json *j, const struct subscription *s)
{
	const uint64_t counts[] = {s->alerts, s->delivered, s->failed};
	static const char *const names[] = {"alerts", "delivered", "failed"};

	f1p_json_object(j);
	f1p_json_key(j, "id");
	f1p_json_str(j, s->id);
	f1p_json_key(j, "request");
	save_request(j, s);
	f1p_json_key(j, "paused");
	f1p_json_bool(j, s->paused);
	f1p_json_key(j, "done");
	f1p_json_bool(j, s->done);
	f1p_json_key(j, "told_s");
	field_put_time(j, s->t_told_ns);
	for (size_t i = 0; i < 3; i++) {
		f1p_json_key(j, names[i]);
		f1p_json_uint(j, counts[i]);
	}
	f1p_json_key(j, "edges");
	save_edges(j, &s->watch);
	f1p_json_end(j);
}

static bool load_edge(struct f1p_json_slice v, struct edge *e)
{
	struct f1p_json_slice parts[4];
	struct f1p_json_cutter c;
	int64_t car, armed, base;

	if (!f1p_json_cut_begin(&c, v.text, v.n)) {
		return false;
	}
	for (size_t i = 0; i < 4; i++) {
		if (f1p_json_cut_next(&c, NULL, &parts[i]) != F1P_OK) {
			return false;
		}
	}
	if (!field_number(parts[0], 0, 0, F1P_MAX_CAR_NUMBER, &car) || !field_number(parts[1], 0, 0, 1, &armed) ||
		!field_number(parts[2], 0, 0, 10000, &base) || !field_time(parts[3], &e->t_told_ns)) {
		return false;
	}
	e->car = (uint16_t)car;
	e->armed = (uint8_t)armed;
	e->base = (int32_t)base;
	return true;
}

static bool load_edges(struct watch *w, struct f1p_json_slice v)
{
	struct f1p_json_cutter c;
	struct f1p_json_slice value;

	if (!f1p_json_cut_begin(&c, v.text, v.n)) {
		return false;
	}
	while (w->n_edges < F1P_MAX_CARS + 1 && f1p_json_cut_next(&c, NULL, &value) == F1P_OK) {
		if (!load_edge(value, &w->edges[w->n_edges])) {
			return false;
		}
		w->n_edges++;
	}
	return true;
}

static bool load_count(struct f1p_json_slice v, uint64_t *out)
{
	int64_t n = 0;
	bool ok = field_number(v, 0, 0, INT64_C(999999999999), &n);

	*out = (uint64_t)n;
	return ok;
}

static bool load_member(struct subscription *s, struct f1p_json_slice key, struct f1p_json_slice v)
{
	if (f1p_json_slice_is(key, "id")) {
		return field_text(v, s->id, sizeof(s->id));
	}
	if (f1p_json_slice_is(key, "paused")) {
		return field_bool(v, &s->paused);
	}
	if (f1p_json_slice_is(key, "done")) {
		return field_bool(v, &s->done);
	}
	if (f1p_json_slice_is(key, "told_s")) {
		return field_time(v, &s->t_told_ns);
	}
	if (f1p_json_slice_is(key, "edges")) {
		return load_edges(&s->watch, v);
	}
	if (f1p_json_slice_is(key, "alerts")) {
		return load_count(v, &s->alerts);
	}
	if (f1p_json_slice_is(key, "delivered")) {
		return load_count(v, &s->delivered);
	}
	return !f1p_json_slice_is(key, "failed") || load_count(v, &s->failed);
}

struct subscription *subscription_load(const char *json, size_t n)
{
	struct f1p_json_slice key, value;
	struct f1p_json_cutter c;
	struct subscription *s = NULL;
	char why[200];
	bool ok = f1p_json_cut_begin(&c, json, n);

	while (ok && !s && f1p_json_cut_next(&c, &key, &value) == F1P_OK) {
		if (f1p_json_slice_is(key, "request")) {
			s = subscription_read(value.text, value.n, why, sizeof(why));
			ok = s != NULL;
		}
	}
	ok = s && f1p_json_cut_begin(&c, json, n);
	while (ok && f1p_json_cut_next(&c, &key, &value) == F1P_OK) {
		ok = load_member(s, key, value);
	}
	if (ok && s->id[0] && !s->url == !s->secret) {
		return s;
	}
	subscription_destroy(s);
	return NULL;
}
