/*
 * start_option.h - the option `start`: auto, beginning, lap:N or HH:MM:SS.
 */
#ifndef SR_START_OPTION_H
#define SR_START_OPTION_H

#include <f1pd/base.h>

enum sr_start_kind { SR_START_AUTO = 1, SR_START_BEGINNING, SR_START_LAP, SR_START_OFFSET };

struct sr_start {
	enum sr_start_kind kind;
	int32_t lap;
	int64_t offset_ns; /* from the beginning of the recording */
};

/* False if the text is none of them. */
bool sr_start_parse(const char *text, struct sr_start *);

#endif
