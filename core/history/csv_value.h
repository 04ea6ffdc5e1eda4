/* csv_value.h - the values of the CSV set, each checked to its last character. */
#ifndef HISTORY_CSV_VALUE_H
#define HISTORY_CSV_VALUE_H

#include "history/history_csv_tables.h"

/* "2014-03-16" -> ns since 1970 at midnight UTC. */
bool csv_date(const char *text, int64_t *out_ns);
/* "06:00", "06:00:30" -> ns since midnight. */
bool csv_time_of_day(const char *text, int64_t *out_ns);
/* NULL if words is NULL or has no such text. */
const struct csv_word *csv_find_word(const struct csv_word *words, const char *text);

#endif
