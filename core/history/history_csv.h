/*
 * history_csv.h - a folder of CSV files into the store: one file per kind of row, columns found by their names in the header.
 *
 * Files: races, drivers, constructors, results, sprint, qualifying, sprint_qualifying, grid, practice, laps, stints, pitstops,
 * neutralisations, weather, weather_race; each may be missing. Columns come in any order; unknown ones are passed over, missing
 * ones are unknown, and so are empty fields. A row with a bad value is reported and left out; the others go in.
 */
#ifndef HISTORY_HISTORY_CSV_H
#define HISTORY_HISTORY_CSV_H

#include "history/history.h"

#define HISTORY_CSV_FILES 15
#define HISTORY_CSV_ERRORS_SHOWN 20 /* of one file; the rest is counted */

struct history_csv_file {
	const char *name;       /* "laps.csv" */
	uint32_t type;          /* enum f1p_history_type of its rows; 0: its values go into the rows of another file */
	bool present;
	unsigned long rows;     /* handed to the store; of type 0: read */
	unsigned long no_key;   /* left out: what they are kept under is unknown */
	unsigned long errors;   /* left out: a bad value */
};

struct history_csv_report {
	struct history_csv_file files[HISTORY_CSV_FILES];
	unsigned long errors;
};

/* [any] Reads the folder and waits until all is written. complain (may be NULL) gets lines "FILE:LINE: COLUMN: reason".
 * F1P_OK however many rows were bad; F1P_EINVAL: none of the files is there; F1P_EIO: a file or the store failed. */
f1p_status history_csv_import(struct history *, const char *dir, void (*complain)(void *arg, const char *line), void *arg,
	struct history_csv_report *, char *why, size_t why_size);

#endif
