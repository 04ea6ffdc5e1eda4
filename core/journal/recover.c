/*
 * recover.c - opens a journal: locks it, folds its good records and cuts off the rest.
 */
#include "journal/journal_internal.h"
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static f1p_status refuse(f1p_status status, char *err, size_t err_size, const char *fmt, ...) F1P_PRINTF(4, 5);
static f1p_status refuse(f1p_status status, char *err, size_t err_size, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(err, err_size, fmt, ap);
	va_end(ap);
	return status;
}

f1p_status journal_open_file(struct journal *j, char *err, size_t err_size)
{
	struct stat st;

	j->fd = open(j->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY, 0644);
	if (j->fd < 0) {
		return refuse(F1P_EIO, err, err_size, "journal %s: cannot open: %s", j->path, strerror(errno));
	}
	if (fstat(j->fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		return refuse(F1P_EINVAL, err, err_size, "journal %s: is not a regular file; choose another path", j->path);
	}
	if (flock(j->fd, LOCK_EX | LOCK_NB) != 0) {
		return refuse(F1P_EIO, err, err_size, "journal %s: another f1pd is writing it; stop it or choose another path",
			      j->path);
	}
	j->file_size = (uint64_t)st.st_size;
	return F1P_OK;
}

/* Fills the buffer behind `used` from the file; bytes read, 0 at the end, -1 on failure. */
static ssize_t read_more(struct journal *j, uint64_t at)
{
	ssize_t n;

	do {
		n = pread(j->fd, j->buffer + j->used, j->buffer_size - j->used, (off_t)at);
	} while (n < 0 && errno == EINTR);
	if (n > 0) {
		j->used += (size_t)n;
	}
	return n;
}

/* Folds the whole good records at the front of the buffer and drops them. False: the next one is damaged. */
static bool fold_buffer(struct journal *j, journal_fold_fn fold, void *arg, uint64_t *good)
{
	union {
		struct f1p_event event;
		uint8_t bytes[F1P_EVENT_MAX];
	} copy;
	size_t at = 0;
	f1p_status status = F1P_AGAIN;

	for (;;) {
		const uint8_t *event;
		size_t size;
		size_t used;

		status = f1p_journal_record_read(j->buffer + at, j->used - at, &event, &size, &used);
		if (status != F1P_OK) {
			break;
		}
		memcpy(copy.bytes, event, size);
		if (copy.event.seq != j->seq + 1) {
			status = F1P_EINVAL;
			break;
		}
		j->seq++;
		if (fold) {
			fold(arg, &copy.event);
		}
		at += used;
	}
	memmove(j->buffer, j->buffer + at, j->used - at);
	j->used -= at;
	*good += at;
	return status == F1P_AGAIN;
}

static f1p_status fold_file(struct journal *j, journal_fold_fn fold, void *arg, uint64_t *good, char *err, size_t err_size)
{
	uint64_t at = F1P_JOURNAL_HEADER;

	for (;;) {
		ssize_t n = read_more(j, at);

		if (n < 0) {
			return refuse(F1P_EIO, err, err_size, "journal %s: cannot read: %s", j->path, strerror(errno));
		}
		if (n == 0) {
			return F1P_OK;
		}
		at += (uint64_t)n;
		if (!fold_buffer(j, fold, arg, good)) {
			return F1P_OK;
		}
	}
}

/* A header torn by a crash at creation is the beginning of ours; then there was no event yet. */
static bool is_torn_header(const struct journal *j, const struct f1p_journal_header *ours)
{
	return j->used < sizeof(*ours) && memcmp(j->buffer, ours, j->used) == 0;
}

/* Takes the number before the first from it. */
static f1p_status check_header(struct journal *j, const struct f1p_journal_header *ours, char *err, size_t err_size)
{
	struct f1p_journal_header theirs;

	if (f1p_journal_header_check(j->buffer, j->used, &theirs) != F1P_OK) {
		return refuse(F1P_EINVAL, err, err_size, "journal %s: is no journal of this f1pd version; move it away", j->path);
	}
	if (theirs.identity != ours->identity) {
		return refuse(F1P_EINVAL, err, err_size,
			      "journal %s: was written by other sources (identity %016llx, now %016llx); "
			      "move it away or choose another path",
			      j->path, (unsigned long long)theirs.identity, (unsigned long long)ours->identity);
	}
	j->seq = theirs.first_seq - 1;
	return F1P_OK;
}

static f1p_status read_header(struct journal *j, char *err, size_t err_size)
{
	while (j->used < F1P_JOURNAL_HEADER) {
		ssize_t n = read_more(j, j->used);

		if (n < 0) {
			return refuse(F1P_EIO, err, err_size, "journal %s: cannot read: %s", j->path, strerror(errno));
		}
		if (n == 0) {
			break;
		}
	}
	return F1P_OK;
}

/* A new file: the header waits in the buffer for the first flush. */
f1p_status journal_begin_file(struct journal *j, char *err, size_t err_size)
{
	struct f1p_journal_header ours;

	f1p_journal_header_init(&ours, j->identity, j->seq + 1);
	if (j->file_size && ftruncate(j->fd, 0) != 0) {
		return refuse(F1P_EIO, err, err_size, "journal %s: cannot cut: %s", j->path, strerror(errno));
	}
	j->cut_bytes = j->file_size;
	j->file_size = 0;
	memcpy(j->buffer, &ours, sizeof(ours));
	j->used = sizeof(ours);
	j->bytes = sizeof(ours);
	if (journal_flush(j) != F1P_OK) {
		return refuse(F1P_EIO, err, err_size, "%s", j->error);
	}
	return F1P_OK;
}

f1p_status journal_recover(struct journal *j, uint64_t identity, journal_fold_fn fold, void *arg, char *err, size_t err_size)
{
	struct f1p_journal_header ours;
	uint64_t good = F1P_JOURNAL_HEADER;
	f1p_status status;

	j->identity = identity;
	f1p_journal_header_init(&ours, identity, 1);
	status = read_header(j, err, err_size);
	if (status != F1P_OK) {
		return status;
	}
	if (is_torn_header(j, &ours)) {
		return journal_begin_file(j, err, err_size);
	}
	status = check_header(j, &ours, err, err_size);
	if (status != F1P_OK) {
		return status;
	}
	j->used = 0;
	status = fold_file(j, fold, arg, &good, err, err_size);
	if (status != F1P_OK) {
		return status;
	}
	j->used = 0;
	if (good < j->file_size && ftruncate(j->fd, (off_t)good) != 0) {
		return refuse(F1P_EIO, err, err_size, "journal %s: cannot cut the torn tail: %s", j->path, strerror(errno));
	}
	j->cut_bytes = j->file_size > good ? j->file_size - good : 0;
	j->file_size = good;
	j->bytes = good;
	return F1P_OK;
}
