/*
 * keep.c - DATA_DIR/INSTANCE.json: subscriptions with their secrets and what they have seen, and what waits to be delivered. Only
 * the owner may read it. It is written anew and renamed; it outlives the process, like the journal, not a power cut.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "helpers/encode.h"
#include "sink_alerts.h"

/* ------------------------------------------------------------------ out */

static void time_member(struct f1p_json *j, const char *key, int64_t t_ns)
{
	f1p_json_key(j, key);
	field_put_time(j, t_ns);
}

static void save_delivery(struct f1p_json *j, const struct delivery *d)
{
	f1p_json_object(j);
	f1p_json_key(j, "id");
	f1p_json_str(j, d->id);
	f1p_json_key(j, "subscription");
	f1p_json_str(j, d->subscription);
	f1p_json_key(j, "sending");
	f1p_json_bool(j, d->status == DELIVERY_SENDING);
	f1p_json_key(j, "tries");
	f1p_json_uint(j, d->tries);
	time_member(j, "due_s", d->due_ns);
	time_member(j, "t_s", d->t_ns);
	f1p_json_key(j, "body");
	f1p_json_raw(j, d->body, strlen(d->body));
	f1p_json_end(j);
}

static void encode(struct f1p_json *j, const struct sink_alerts *s)
{
	f1p_json_object(j);
	f1p_json_key(j, "version");
	f1p_json_uint(j, 1);
	f1p_json_key(j, "made");
	f1p_json_uint(j, s->book.made);
	f1p_json_key(j, "session_key");
	f1p_json_uint(j, s->session_key);
	time_member(j, "looked_s", s->looked_ns);
	f1p_json_key(j, "subscriptions");
	f1p_json_array(j);
	for (uint32_t i = 0; i < s->book.n; i++) {
		subscription_save(j, s->book.items[i]);
	}
	f1p_json_end(j);
	f1p_json_key(j, "deliveries");
	f1p_json_array(j);
	for (uint32_t i = 0; i < s->outbox.n; i++) {
		if (!s->outbox.items[i]->orphan) {
			save_delivery(j, s->outbox.items[i]);
		}
	}
	f1p_json_end(j);
	f1p_json_end(j);
}

static bool write_all(int fd, const char *text, size_t n)
{
	while (n > 0) {
		ssize_t done = write(fd, text, n);
		if (done < 0 && errno != EINTR) {
			return false;
		}
		text += done > 0 ? done : 0;
		n -= done > 0 ? (size_t)done : 0;
	}
	return true;
}

static bool write_file(const char *path, const char *text, size_t n)
{
	char part[4200];
	bool ok;
	int fd;

	if (snprintf(part, sizeof(part), "%s.part", path) >= (int)sizeof(part)) {
		errno = ENAMETOOLONG;
		return false;
	}
	unlink(part); /* whoever made it, its mode would be kept */
	fd = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	ok = fd >= 0 && write_all(fd, text, n);
	if (fd >= 0 && close(fd) != 0) {
		ok = false;
	}
	return ok && rename(part, path) == 0;
}

bool keep_save(struct sink_alerts *s)
{
	struct f1p_json j;
	const char *text;
	size_t n = 0;
	bool ok;

	if (!s->path) {
		return true;
	}
	pthread_mutex_lock(&s->saving);
	f1p_json_init(&j);
	pthread_mutex_lock(&s->lock);
	encode(&j, s);
	s->changed = false;
	s->saved_mono_ns = s->host->now_mono_ns(s->host);
	s->saved_looked_ns = s->looked_ns;
	pthread_mutex_unlock(&s->lock);
	text = f1p_json_text(&j, &n);
	ok = text && write_file(s->path, text, n);
	if (!ok && !s->complained) {
		s->host->log(s->host, F1P_LOG_ERROR, "%s: %s; subscriptions will not survive a restart until it can be written",
			s->path, text ? strerror(errno) : "no memory");
	}
	s->complained = !ok;
	pthread_mutex_lock(&s->lock);
	s->changed |= !ok; /* the next flush tries again */
	pthread_mutex_unlock(&s->lock);
	f1p_json_finish(&j);
	pthread_mutex_unlock(&s->saving);
	return ok;
}

/* ------------------------------------------------------------------ in */

static bool load_subscription(struct sink_alerts *s, struct f1p_json_slice v)
{
	struct subscription *sub = subscription_load(v.text, v.n);

	if (sub && !book_find(&s->book, sub->id) && book_add(&s->book, sub)) {
		return true;
	}
	subscription_destroy(sub);
	return false;
}

struct kept_delivery {
	char id[ALERT_ID], subscription[SUBSCRIPTION_ID];
	bool sending;
	int64_t tries, due_ns, t_ns;
	struct f1p_json_slice body;
};

static bool load_delivery_member(struct kept_delivery *d, struct f1p_json_slice key, struct f1p_json_slice v)
{
	if (f1p_json_slice_is(key, "id")) {
		return field_text(v, d->id, sizeof(d->id));
	}
	if (f1p_json_slice_is(key, "subscription")) {
		return field_text(v, d->subscription, sizeof(d->subscription));
	}
	if (f1p_json_slice_is(key, "sending")) {
		return field_bool(v, &d->sending);
	}
	if (f1p_json_slice_is(key, "tries")) {
		return field_number(v, 0, 0, 1000, &d->tries);
	}
	if (f1p_json_slice_is(key, "due_s")) {
		return field_time(v, &d->due_ns);
	}
	if (f1p_json_slice_is(key, "t_s")) {
		return field_time(v, &d->t_ns);
	}
	d->body = f1p_json_slice_is(key, "body") ? v : d->body;
	return true;
}

static bool load_delivery(struct sink_alerts *s, struct f1p_json_slice v)
{
	struct kept_delivery d = {.due_ns = F1P_UNKNOWN_NS, .t_ns = F1P_UNKNOWN_NS};
	struct f1p_json_slice key, value;
	struct f1p_json_cutter c;
	char *body;

	if (!f1p_json_cut_begin(&c, v.text, v.n)) {
		return false;
	}
	while (f1p_json_cut_next(&c, &key, &value) == F1P_OK) {
		if (!load_delivery_member(&d, key, value)) {
			return false;
		}
	}
	body = d.id[0] && d.body.n ? strndup(d.body.text, d.body.n) : NULL;
	if (!body) {
		return false;
	}
	const struct letter l = {
		.id = d.id, .subscription = d.subscription, .body = body, .tries = (uint32_t)d.tries, .t_ns = d.t_ns};
	if (d.sending) {
		outbox_bury(&s->outbox, &l, "f1pd ended while it was being sent; it may have arrived");
	} else {
		outbox_add(&s->outbox, &l, d.due_ns);
	}
	free(body);
	return true;
}

static uint32_t load_list(
	struct sink_alerts *s, struct f1p_json_slice v, bool (*load)(struct sink_alerts *, struct f1p_json_slice))
{
	struct f1p_json_slice value;
	struct f1p_json_cutter c;
	uint32_t bad = 0;

	if (!f1p_json_cut_begin(&c, v.text, v.n)) {
		return 1;
	}
	while (f1p_json_cut_next(&c, NULL, &value) == F1P_OK) {
		bad += !load(s, value);
	}
	return bad;
}

static uint32_t load_member(struct sink_alerts *s, struct f1p_json_slice key, struct f1p_json_slice v)
{
	int64_t n = 0;

	if (f1p_json_slice_is(key, "subscriptions")) {
		return load_list(s, v, load_subscription);
	}
	if (f1p_json_slice_is(key, "deliveries")) {
		return load_list(s, v, load_delivery);
	}
	if (f1p_json_slice_is(key, "made")) {
		bool ok = field_number(v, 0, 0, INT64_C(999999999999), &n);
		s->book.made = (uint64_t)n;
		return !ok;
	}
	if (f1p_json_slice_is(key, "session_key")) {
		bool ok = field_number(v, 0, 0, UINT32_MAX, &n);
		s->session_key = (uint32_t)n;
		return !ok;
	}
	return f1p_json_slice_is(key, "looked_s") && !field_time(v, &s->known_until_ns);
}

static char *read_file(const char *path, size_t *n)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *text = fd >= 0 ? malloc(FILE_BYTES_MAX + 1) : NULL;
	ssize_t got = 1;

	*n = 0;
	while (text && got > 0 && *n < FILE_BYTES_MAX) {
		got = read(fd, text + *n, FILE_BYTES_MAX - *n);
		*n += got > 0 ? (size_t)got : 0;
	}
	if (fd >= 0) {
		close(fd);
	}
	return text;
}

void keep_load(struct sink_alerts *s)
{
	struct f1p_json_slice key, value;
	struct f1p_json_cutter c;
	uint32_t bad = 0;
	size_t n = 0;
	char *text = s->path ? read_file(s->path, &n) : NULL;

	if (!text) {
		return;
	}
	if (f1p_json_read(&(const struct f1p_json_handler){0}, NULL, text, n, NULL, 0) != F1P_OK ||
		!f1p_json_cut_begin(&c, text, n)) {
		bad = 1;
	} else {
		while (f1p_json_cut_next(&c, &key, &value) == F1P_OK) {
			bad += load_member(s, key, value);
		}
	}
	s->looked_ns = s->known_until_ns;
	explicit_bzero(text, n);
	free(text);
	if (bad) {
		char aside[4200];
		snprintf(aside, sizeof(aside), "%s.bad", s->path);
		rename(s->path, aside);
		s->host->log(s->host, F1P_LOG_ERROR, "%s: %u parts cannot be read and are left out; the file is kept as %s",
			s->path, bad, aside);
	}
}
