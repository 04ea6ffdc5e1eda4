/*
 * start_option.c - see start_option.h.
 */
#include "start_option.h"
#include "feed_time.h"

#include <string.h>

bool sr_start_parse(const char *text, struct sr_start *out)
{
	*out = (struct sr_start){.kind = SR_START_AUTO};
	if (strcmp(text, "auto") == 0 || text[0] == '\0') {
		return true;
	}
	if (strcmp(text, "beginning") == 0) {
		out->kind = SR_START_BEGINNING;
		return true;
	}
	if (strncmp(text, "lap:", 4) == 0) {
		out->kind = SR_START_LAP;
		for (text += 4; *text >= '0' && *text <= '9' && out->lap <= (int32_t)F1P_MAX_LAPS; text++) {
			out->lap = out->lap * 10 + (*text - '0');
		}
		return *text == '\0' && out->lap >= 1 && out->lap <= (int32_t)F1P_MAX_LAPS;
	}
	out->kind = SR_START_OFFSET;
	return sr_hms_parse(text, strlen(text), &out->offset_ns);
}
