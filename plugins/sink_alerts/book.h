/*
 * book.h - the subscriptions: what users asked for, how it is read, shown and kept.
 *
 * The owner locks.
 */
#ifndef BOOK_H
#define BOOK_H

#include "alert.h"
#include "fields.h"

#define BOOK_MAX 1000u
#define SECRET_MAX 256u
#define URL_BYTES_MAX 2000u
#define DELAY_MAX_S 600

struct subscription {
	char id[SUBSCRIPTION_ID];
	struct watch watch;
	bool once, paused, done, no_spoiler; /* done: it was for once, and has spoken */
	int32_t delay_s;
	char *url;			    /* NULL: alerts are for the page alone */
	char *secret;			    /* NULL without a URL */
	bool secret_made;		    /* by us: shown in the answer to its creation */
	int64_t t_told_ns;		    /* event time of its newest alert; F1P_UNKNOWN_NS */
	uint64_t alerts, delivered, failed; /* since it was made */
};

struct book {
	struct subscription *items[BOOK_MAX]; /* oldest first */
	uint32_t n;
	uint64_t made; /* ids begin behind it */
};

void book_finish(struct book *);
struct subscription *book_find(struct book *, const char *id);
/* Takes it over and gives it an id, if it has none. False: the book is full. */
bool book_add(struct book *, struct subscription *);
void book_remove(struct book *, struct subscription *);
void subscription_destroy(struct subscription *);

/* From the body of a request. NULL: err says what is wrong. The URL is not judged here. */
struct subscription *subscription_read(const char *json, size_t n, char *err, size_t err_size);
/* One object, for whoever may read: neither secret nor more of the URL than its server. `with_secret`: the one answer that has
 * it. state, if there is one, tells which drivers are known. */
void subscription_encode(struct f1p_json *, const struct subscription *, const struct f1p_state *, bool with_secret);
/* One object with everything, and back. */
void subscription_save(struct f1p_json *, const struct subscription *);
struct subscription *subscription_load(const char *json, size_t n);

#endif
