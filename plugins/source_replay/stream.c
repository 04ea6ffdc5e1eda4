/*
 * stream.c - see stream.h. zlib's gzread() reads plain files as they are, so both kinds take one way.
 */
#include "stream.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#define FIRST_ROOM (64u << 10)
#define READ_STEP (64u << 10)

struct sr_stream {
	gzFile file;
	char *buf;
	size_t room, from, to; /* unread: buf[from..to) */
	uint64_t total, max;
	uint64_t line, next_line;
	bool at_end;  /* no more bytes will come */
	bool damaged; /* ... and the reason is in error */
	bool told;    /* F1P_EIO was handed out */
	char error[96];
};

static struct sr_stream *stream_of_fd(int fd, uint64_t max)
{
	struct sr_stream *s = calloc(1, sizeof(*s));

	if (s == NULL) {
		close(fd);
		return NULL;
	}
	s->max = max;
	s->next_line = 1;
	s->buf = malloc(FIRST_ROOM);
	s->room = FIRST_ROOM;
	s->file = gzdopen(fd, "rb");
	if (s->file == NULL) {
		close(fd);
	}
	if (s->buf == NULL || s->file == NULL) {
		sr_stream_close(s);
		return NULL;
	}
	gzbuffer(s->file, 32u << 10);
	return s;
}

struct sr_stream *sr_stream_open(const char *path, char *err, size_t err_size)
{
	/* O_NONBLOCK: opening a fifo must not hang the daemon */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	struct sr_stream *s = NULL;

	if (fd < 0) {
		snprintf(err, err_size, "%s", strerror(errno));
		return NULL;
	}
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		snprintf(err, err_size, "not a regular file");
		close(fd);
		return NULL;
	}
	s = stream_of_fd(fd, SR_STREAM_MAX);
	if (s == NULL) {
		snprintf(err, err_size, "out of memory");
	}
	return s;
}

struct sr_stream *sr_stream_open_bytes(const void *bytes, size_t n, uint64_t max)
{
	int fd = memfd_create("f1pd-feed", MFD_CLOEXEC);
	const char *p = bytes;

	if (fd < 0) {
		return NULL;
	}
	while (n > 0) {
		ssize_t put = write(fd, p, n);

		if (put <= 0) {
			close(fd);
			return NULL;
		}
		p += put;
		n -= (size_t)put;
	}
	if (lseek(fd, 0, SEEK_SET) != 0) {
		close(fd);
		return NULL;
	}
	return stream_of_fd(fd, max);
}

void sr_stream_close(struct sr_stream *s)
{
	if (s == NULL) {
		return;
	}
	if (s->file != NULL) {
		gzclose(s->file);
	}
	free(s->buf);
	free(s);
}

static void damage(struct sr_stream *s, const char *why)
{
	s->at_end = true;
	s->damaged = true;
	snprintf(s->error, sizeof(s->error), "%s after %llu bytes", why, (unsigned long long)s->total);
}

/* Makes room for at least one more step behind `to`. */
static bool make_room(struct sr_stream *s)
{
	char *grown = NULL;

	if (s->from > 0 && s->room - s->to < READ_STEP) {
		memmove(s->buf, s->buf + s->from, s->to - s->from);
		s->to -= s->from;
		s->from = 0;
	}
	if (s->room - s->to >= READ_STEP) {
		return true;
	}
	grown = realloc(s->buf, s->room * 2);
	if (grown == NULL) {
		damage(s, "out of memory");
		return false;
	}
	s->buf = grown;
	s->room *= 2;
	return true;
}

/* Reads on; false at the end. Unread bytes may move. */
static bool fill(struct sr_stream *s)
{
	int got = 0, code = Z_OK;

	if (s->at_end || !make_room(s)) {
		return false;
	}
	got = gzread(s->file, s->buf + s->to, READ_STEP);
	if (got > 0) {
		s->to += (size_t)got;
		s->total += (uint64_t)got;
	}
	gzerror(s->file, &code);
	if (got < 0 || (code != Z_OK && code != Z_STREAM_END)) {
		damage(s, code == Z_BUF_ERROR ? "the gzip data is cut off" : "the gzip data is damaged");
	} else if (got < (int)READ_STEP && gzeof(s->file)) {
		s->at_end = true;
	} else if (s->total > s->max) {
		damage(s, "more data than a recording can have");
	}
	return got > 0;
}

size_t sr_stream_peek(struct sr_stream *s, size_t want, const char **bytes)
{
	want = want > (1u << 20) ? 1u << 20 : want;
	while (s->to - s->from < want && fill(s)) {
	}
	*bytes = s->buf + s->from;
	return s->to - s->from < want ? s->to - s->from : want;
}

void sr_stream_skip(struct sr_stream *s, size_t n)
{
	s->from += n < s->to - s->from ? n : s->to - s->from;
}

static f1p_status stream_end(struct sr_stream *s)
{
	s->from = s->to;
	if (s->damaged && !s->told) {
		s->told = true;
		return F1P_EIO;
	}
	return F1P_END;
}

static f1p_status skip_long_line(struct sr_stream *s, char terminator)
{
	for (;;) {
		char *at = memchr(s->buf + s->from, terminator, s->to - s->from);

		if (at != NULL) {
			s->from = (size_t)(at - s->buf) + 1;
			return F1P_EINVAL;
		}
		s->from = s->to = 0;
		if (!fill(s)) {
			return F1P_EINVAL;
		}
	}
}

f1p_status sr_stream_line(struct sr_stream *s, char terminator, const char **text, size_t *n)
{
	size_t seen = 0;
	const char *at = NULL;

	s->line = s->next_line;
	for (;;) {
		at = memchr(s->buf + s->from + seen, terminator, s->to - s->from - seen);
		seen = s->to - s->from;
		if (at != NULL || (seen <= SR_PIECE_MAX && !fill(s))) {
			break;
		}
		if (seen > SR_PIECE_MAX) {
			s->next_line++;
			return skip_long_line(s, terminator);
		}
	}
	if (at == NULL && (seen == 0 || s->damaged)) {
		return stream_end(s);
	}
	*text = s->buf + s->from;
	*n = at != NULL ? (size_t)(at - *text) : seen;
	s->from += *n + (at != NULL ? 1 : 0);
	s->next_line++;
	*n -= *n > 0 && (*text)[*n - 1] == '\r' ? 1 : 0;
	return F1P_OK;
}

/* Skips what may stand between values. False at the end. */
static bool to_value(struct sr_stream *s, bool inside_array)
{
	const char *skipped = inside_array ? " \t\r\n,\x1e]" : " \t\r\n,\x1e";

	for (;;) {
		for (; s->from < s->to; s->from++) {
			char c = s->buf[s->from];

			s->next_line += c == '\n' ? 1 : 0;
			if (c == '\0' || strchr(skipped, c) == NULL) {
				return true;
			}
		}
		if (!fill(s)) {
			return false;
		}
	}
}

struct value_scan {
	size_t at; /* bytes looked at, from the value's begin */
	uint32_t depth;
	bool in_string, escaped;
};

/* Looks at what is there; true when the value is complete (its length is scan->at). */
static bool scan_value(struct sr_stream *s, struct value_scan *v)
{
	const char *p = s->buf + s->from;
	size_t n = s->to - s->from;

	while (v->at < n) {
		char c = p[v->at++];

		s->next_line += c == '\n' ? 1 : 0;
		if (v->escaped) {
			v->escaped = false;
		} else if (v->in_string) {
			v->escaped = c == '\\';
			v->in_string = c != '"';
		} else if (c == '"') {
			v->in_string = true;
		} else if (c == '{' || c == '[') {
			v->depth++;
		} else if ((c == '}' || c == ']') && --v->depth == 0) {
			return true;
		}
	}
	return false;
}

f1p_status sr_stream_value(struct sr_stream *s, bool inside_array, const char **text, size_t *n)
{
	struct value_scan scan = {0};

	if (!to_value(s, inside_array)) {
		return stream_end(s);
	}
	s->line = s->next_line;
	if (s->buf[s->from] != '{' && s->buf[s->from] != '[') {
		s->from = s->to;
		s->at_end = true;
		return F1P_EINVAL;
	}
	while (!scan_value(s, &scan)) {
		if (scan.at > SR_PIECE_MAX || !fill(s)) {
			bool cut_off = scan.at <= SR_PIECE_MAX && s->damaged;

			s->from = s->to;
			s->at_end = true;
			return cut_off ? stream_end(s) : F1P_EINVAL;
		}
	}
	*text = s->buf + s->from;
	*n = scan.at;
	s->from += scan.at;
	return F1P_OK;
}

uint64_t sr_stream_line_number(const struct sr_stream *s)
{
	return s->line;
}

const char *sr_stream_error(const struct sr_stream *s)
{
	return s->error;
}
