/*
 * list.h - answers that are lists: filtered by driver and lap, given out in pages.
 *
 * {"seq", "time", "session_key", "simulated", NAME: [...], "total", "limit", "offset"}, and a Link header to the next and the
 * previous page. Every list takes limit (1..LIST_LIMIT_MAX) and offset; an argument that it does not know is an error.
 */
#ifndef LIST_H
#define LIST_H

#include "answer.h"
#include "filter.h"
#include "helpers/json_reader.h"
#include "helpers/json_writer.h"
#include "request.h"

#define LIST_LIMIT 1000u /* unless asked otherwise */
#define LIST_LIMIT_MAX 10000u

enum list_argument { LIST_DRIVER = 1u << 0, LIST_LAPS = 1u << 1 }; /* driver= or car=; from_lap=, to_lap= */

struct list {
	struct f1p_json j;
	struct answer *answer;
	const struct request *request;
	uint32_t limit, offset, total;
	struct filter drivers;
	int32_t from_lap, to_lap;
};

/* Reads the arguments: `takes` of enum list_argument, and `more` names (NULL at the end, or NULL) that the caller reads itself.
 * Codes of drivers are those of `st`, which may be NULL. false: the problem is in the answer. */
bool list_read(struct list *, const struct request *, struct answer *, uint32_t takes, const char *const *more, const struct f1p_state *st);
/* Opens the object with what the state's document says of its moment, and the array. */
void list_open(struct list *, const char *name, const struct frame *state_document);
bool list_wants_driver(const struct list *, uint16_t number);
/* Counts one row; true if it is on this page and is to be written. */
bool list_row(struct list *);
/* The same of a row that is written already. */
void list_row_as_it_stands(struct list *, struct f1p_json_slice);
/* Closes array and object, and gives them to the answer. */
void list_close(struct list *);
/* The same for an object that the caller has written and closed itself. */
void list_answer(struct list *);

#endif
