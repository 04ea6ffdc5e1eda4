/* history_csv_tables.h - which column of which CSV file goes where, and how it is written. */
#ifndef HISTORY_HISTORY_CSV_TABLES_H
#define HISTORY_HISTORY_CSV_TABLES_H

#include "history/history_rows.h"

enum csv_kind {
	CSV_NUMBER = 1, /* decimals: 3 turns seconds into milliseconds; or one of `words`, if there are any */
	CSV_TEXT,
	CSV_WORD,       /* one of `words` */
	CSV_HINT,       /* one of `words`; other texts say nothing */
	CSV_FLAG,       /* 0 or 1: `bit` of the row's flags */
	CSV_WORD_FLAG,  /* one of `words`, each a bit of the row's flags */
	/* into the scratch, for finish() */
	CSV_DATE,
	CSV_TIME_OF_DAY,
	CSV_GIVEN_NAME,
	CSV_FAMILY_NAME
};

struct csv_word {
	const char *text; /* NULL ends the list */
	int32_t value;
};

struct csv_column {
	const char *name;
	const char *target; /* name of the history column; NULL for flags and scratch */
	uint8_t kind;       /* enum csv_kind */
	uint8_t decimals;
	uint16_t bit;
	const struct csv_word *words;
};

/* What a row needs that is no field of it. */
struct csv_scratch {
	int64_t date_ns, time_ns; /* F1P_UNKNOWN_NS */
	char given[64], family[64];
};

struct csv_joins;

struct csv_file {
	const char *name;
	uint32_t type;
	uint32_t n_columns;
	const struct csv_column *columns;
	/* After the columns; may be NULL. */
	void (*finish)(const struct csv_scratch *, const struct csv_joins *, void *row);
	bool joins; /* its rows are kept aside for the files behind it */
};

extern const struct csv_file history_csv_files[];

/* The values of the files with `joins`: by race and driver ("" for races). F1P_UNKNOWN if there is none. */
int32_t csv_joined(const struct csv_joins *, uint32_t type, int32_t race_id, const char *driver_id);

#endif
