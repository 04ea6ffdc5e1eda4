/*
 * testing.h - what the tests of this folder share: a decoder whose events and complaints are kept for inspection.
 */
#ifndef LT_TESTING_H
#define LT_TESTING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "livetiming.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define T0 INT64_C(1700000000000000000)

struct kept_event {
	union {
		struct f1p_event h;
		char bytes[1024];
	} ev;
};

struct feed {
	struct lt_decoder *decoder;
	struct kept_event *events;
	size_t n;
	size_t cap;
	char complaint[200]; /* the newest */
	size_t complaints;
};

static inline f1p_status keep_event(void *arg, const struct f1p_event *ev)
{
	struct feed *f = arg;

	assert_true(ev->size <= sizeof(f->events[0].ev));
	if (f->n == f->cap) {
		f->cap = f->cap != 0 ? f->cap * 2 : 64;
		f->events = realloc(f->events, f->cap * sizeof(f->events[0]));
		assert_non_null(f->events);
	}
	memset(&f->events[f->n], 0, sizeof(f->events[0]));
	memcpy(&f->events[f->n++], ev, ev->size);
	return F1P_OK;
}

static inline void keep_complaint(void *arg, const char *topic, const char *reason)
{
	struct feed *f = arg;

	f->complaints++;
	f->complaint[0] = '\0';
	strncat(f->complaint, topic, 60);
	strncat(f->complaint, ": ", 3);
	strncat(f->complaint, reason, 130);
}

static inline int feed_setup(void **state)
{
	struct feed *f = calloc(1, sizeof(*f));

	if (f == NULL) {
		return -1;
	}
	f->decoder = lt_create(keep_event, keep_complaint, f);
	*state = f;
	return f->decoder != NULL ? 0 : -1;
}

static inline int feed_teardown(void **state)
{
	struct feed *f = *state;

	lt_destroy(f->decoder);
	free(f->events);
	free(f);
	return 0;
}

/* Sends one message; the events of earlier ones are forgotten. */
static inline f1p_status send(struct feed *f, const char *topic, const char *json)
{
	f->n = 0;
	return lt_message(f->decoder, topic, strlen(topic), json, strlen(json), T0, 0);
}

static inline const struct lt_stats *stats(const struct feed *f)
{
	return lt_get_stats(f->decoder);
}

static inline size_t count_type(const struct feed *f, uint16_t type)
{
	size_t n = 0;

	for (size_t i = 0; i < f->n; i++) {
		n += f->events[i].ev.h.type == type;
	}
	return n;
}

/* The nth event of the type; fails the test if there is none. */
static inline const void *find(const struct feed *f, uint16_t type, size_t nth)
{
	for (size_t i = 0; i < f->n; i++) {
		if (f->events[i].ev.h.type == type && nth-- == 0) {
			return &f->events[i].ev;
		}
	}
	fail_msg("no event of type %u", type);
	return NULL;
}

#define FEED_TEST(f) cmocka_unit_test_setup_teardown(f, feed_setup, feed_teardown)

#endif
