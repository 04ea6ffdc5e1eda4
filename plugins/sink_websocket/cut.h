/*
 * cut.h - parts of a finished JSON document, taken as they stand.
 */
#ifndef CUT_H
#define CUT_H

#include "frame.h"
#include "helpers/json_reader.h"
#include "helpers/json_writer.h"

static inline struct f1p_json_slice cut_whole(const struct frame *document)
{
	return (struct f1p_json_slice){frame_text(document), document->length};
}

/* The member of an object; false: it has none, or the text is no object, and *value stays as it is. */
bool cut_member(struct f1p_json_slice object, const char *name, struct f1p_json_slice *value);
/* A whole number of at most 9 digits; `otherwise` for null or anything else, or if the member is absent. */
int32_t cut_integer(struct f1p_json_slice value, int32_t otherwise);
int32_t cut_number(struct f1p_json_slice object, const char *name, int32_t otherwise);
/* Whether the member is this text, without escapes in it. */
bool cut_is(struct f1p_json_slice object, const char *name, const char *text);
/* Writes those members of the object into the one that is open, in the object's order. names end with NULL. */
void cut_copy(struct f1p_json *, struct f1p_json_slice object, const char *const *names);
/* Calls fn for each element of the array; nothing if it is none. */
void cut_each(struct f1p_json_slice array, void (*fn)(void *arg, struct f1p_json_slice element), void *arg);

#endif
