/* journal_path.h - which file the journal of this run is, and what becomes of the one before. */
#ifndef DAEMON_JOURNAL_PATH_H
#define DAEMON_JOURNAL_PATH_H

#include <f1pd/base.h>

/* A free name DIR/NNN.f1j for a journal that is set aside, above all that are there; the oldest are deleted so that at most
 * `keep` remain with it. false with one line in err. */
bool journal_path_aside(const char *dir, int64_t keep, char *out, size_t out_size, char *err, size_t err_size);
/* given: used as it is. Else DIR/current.f1j: kept when it is of the same identity and its session has not ended, so that a
 * restart goes on where it was; otherwise set aside as DIR/NNN.f1j. The folder is there. false with one line in err. */
bool journal_path_choose(const char *given, const char *dir, uint64_t identity, int64_t keep, char *out, size_t out_size, char *err,
			 size_t err_size);

#endif
