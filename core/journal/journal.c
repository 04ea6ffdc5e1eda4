/*
 * journal.c - append and flush. Recovery is in recover.c.
 *
 * Events gather in a buffer and go to the file with pwrite at a known offset: after a partial write or a full disk the rest
 * is tried again at the same place, and whatever a dying process leaves torn is cut off by the next recovery.
 */
#include "journal/journal_internal.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define BUFFER_START (256u * 1024u)
#define BUFFER_MAX (64u * 1024u * 1024u)
#define RECORD_MAX (F1P_JOURNAL_RECORD + F1P_EVENT_MAX)

static f1p_status stay_in_error(struct journal *j, const char *what, int code)
{
	snprintf(j->error, sizeof(j->error), "journal %s: %s: %s; %zu bytes wait in memory, free some space", j->path, what,
		 strerror(code), j->used - j->written);
	return F1P_EIO;
}

static f1p_status write_buffer(struct journal *j)
{
	while (j->written < j->used) {
		ssize_t n = pwrite(j->fd, j->buffer + j->written, j->used - j->written, (off_t)j->file_size);

		if (n < 0 && errno == EINTR) {
			continue;
		}
		if (n <= 0) {
			return stay_in_error(j, "cannot write", n < 0 ? errno : ENOSPC);
		}
		j->written += (size_t)n;
		j->file_size += (uint64_t)n;
	}
	j->used = 0;
	j->written = 0;
	return F1P_OK;
}

f1p_status journal_flush(struct journal *j)
{
	f1p_status status;

	if (j->fd < 0) {
		return F1P_OK;
	}
	status = write_buffer(j);
	if (j->lost_from) { /* what is written so far is whole; nothing may follow it */
		return F1P_EIO;
	}
	if (status == F1P_OK) {
		j->error[0] = 0;
	}
	return status;
}

/* Room for one more record: flush, or while the disk is full grow. */
static bool make_room(struct journal *j, size_t need)
{
	size_t size = j->buffer_size;
	uint8_t *grown;

	if (j->used + need <= j->buffer_size) {
		return true;
	}
	if (!j->error[0] && journal_flush(j) == F1P_OK) {
		return true;
	}
	while (size < j->used + need) {
		size *= 2;
	}
	if (size > BUFFER_MAX) {
		return false;
	}
	grown = realloc(j->buffer, size);
	if (!grown) {
		return false;
	}
	j->buffer = grown;
	j->buffer_size = size;
	return true;
}

f1p_status journal_append(struct journal *j, struct f1p_event *ev)
{
	size_t need = F1P_JOURNAL_RECORD + (size_t)ev->size;

	if (ev->size < sizeof(*ev) || ev->size > F1P_EVENT_MAX || ev->size % 8 != 0) {
		return F1P_EINVAL;
	}
	ev->seq = ++j->seq;
	if (j->fd < 0) {
		j->bytes += need;
		return F1P_OK;
	}
	if (j->lost_from) {
		return F1P_EIO;
	}
	if (!make_room(j, need)) {
		j->lost_from = ev->seq; /* a gap in the numbers would make all that follows unreadable */
		snprintf(j->error, sizeof(j->error),
			 "journal %s: disk and buffer are full: events from %llu on are not recorded; restart to go on",
			 j->path, (unsigned long long)ev->seq);
		return F1P_EIO;
	}
	j->used += f1p_journal_record_write(j->buffer + j->used, ev);
	j->bytes += need;
	return j->error[0] ? F1P_EIO : F1P_OK;
}

f1p_status journal_rotate(struct journal *j, const char *aside, uint64_t identity, char *err, size_t err_size)
{
	int old = j->fd;

	if (old < 0)
		return F1P_OK;
	if (journal_flush(j) != F1P_OK) {
		snprintf(err, err_size, "%s", j->error);
		return F1P_EIO;
	}
	if (rename(j->path, aside) != 0) {
		snprintf(err, err_size, "journal %s: cannot become %s: %s", j->path, aside, strerror(errno));
		return F1P_EIO;
	}
	uint64_t old_size = j->file_size, old_bytes = j->bytes, old_identity = j->identity;
	j->identity = identity;
	f1p_status status = journal_open_file(j, err, err_size);
	if (status == F1P_OK)
		status = journal_begin_file(j, err, err_size);
	if (status != F1P_OK) { /* back into the old file, under its old name */
		if (j->fd >= 0)
			close(j->fd);
		j->fd = old;
		j->file_size = old_size;
		j->bytes = old_bytes;
		j->identity = old_identity;
		j->used = j->written = 0;
		rename(aside, j->path);
		return F1P_EIO;
	}
	j->cut_bytes = 0;
	close(old);
	return F1P_OK;
}

uint64_t journal_seq(const struct journal *j)
{
	return j->seq;
}

uint64_t journal_bytes(const struct journal *j)
{
	return j->bytes;
}

uint64_t journal_cut_bytes(const struct journal *j)
{
	return j->cut_bytes;
}

const char *journal_error(const struct journal *j)
{
	return j->error;
}

bool journal_lost(const struct journal *j)
{
	return j->lost_from != 0;
}

static struct journal *journal_new(const char *path)
{
	struct journal *j = calloc(1, sizeof(*j));

	if (!j) {
		return NULL;
	}
	j->fd = -1;
	j->path = strdup(path);
	j->buffer_size = BUFFER_START;
	j->buffer = malloc(j->buffer_size);
	if (!j->path || !j->buffer) {
		journal_free(j);
		return NULL;
	}
	return j;
}

void journal_free(struct journal *j)
{
	if (j->fd >= 0) {
		close(j->fd); /* drops the lock */
	}
	free(j->buffer);
	free(j->path);
	free(j);
}

f1p_status journal_open(struct journal **out, const char *path, uint64_t identity, journal_fold_fn fold, void *arg, char *err,
			size_t err_size)
{
	struct journal *j = journal_new(path);
	f1p_status status;

	*out = NULL;
	if (!j) {
		snprintf(err, err_size, "journal %s: out of memory", path);
		return F1P_ENOMEM;
	}
	status = journal_open_file(j, err, err_size);
	if (status == F1P_OK) {
		status = journal_recover(j, identity, fold, arg, err, err_size);
	}
	if (status != F1P_OK) {
		journal_free(j);
		return status;
	}
	*out = j;
	return F1P_OK;
}

f1p_status journal_open_null(struct journal **out)
{
	struct journal *j = calloc(1, sizeof(*j));

	*out = j;
	if (!j) {
		return F1P_ENOMEM;
	}
	j->fd = -1;
	j->bytes = F1P_JOURNAL_HEADER;
	return F1P_OK;
}

void journal_close(struct journal *j)
{
	if (!j) {
		return;
	}
	if (j->fd >= 0) {
		journal_flush(j);
		fdatasync(j->fd);
	}
	journal_free(j);
}
