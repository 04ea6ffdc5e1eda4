/*
 * ask.h - one file of the archive: from its server, else from the mirror.
 */
#ifndef ARCHIVE_ASK_H
#define ARCHIVE_ASK_H

#include <f1pd/net.h>

#define URL_ROOM 256

struct servers {
	const struct f1p_host *host;
	const struct f1p_http *http;
	char url[2][URL_ROOM]; /* without a slash at the end; the second is "" or the mirror */
};

enum asked {
	ASKED_GOT = 1,
	ASKED_ABSENT, /* the server has no such file, or does not give it to us */
	ASKED_FAILED, /* nobody answers as he should */
	ASKED_LOCAL,  /* the file cannot be written here */
};
struct ask;
/* answer: with ASKED_GOT, else NULL. ask->why: one line, with the others. */
typedef void (*ask_fn)(void *arg, struct ask *, enum asked, const struct f1p_http_answer *answer);

/* The caller sets the first group. */
struct ask {
	const struct servers *servers;
	char path[256];	       /* behind /static/, not encoded */
	const char *save_path; /* NULL: into memory; must live as long as the request */
	uint64_t max_bytes;
	int64_t timeout_ms, fresh_ms;
	ask_fn fn;
	void *arg;
	/* private */
	uint64_t id; /* 0 = not under way */
	int server;
	bool absent; /* says the first server */
	char why[400];
};

/* fn is called once, later; at once if the request cannot even be made. */
void ask_begin(struct ask *);
void ask_cancel(struct ask *);

#endif
