/*
 * encode_text.c - values in the feed's ways of writing, its lists, and lines by car.
 */
#include "encode_internal.h"

#include <helpers/encode.h>

#include <stdio.h>
#include <string.h>

#define NS_PER_MS 1000000

void lt_utc_text(int64_t utc_ns, char out[LT_UTC_TEXT])
{
	char text[F1P_TIME_TEXT];
	int64_t rest = utc_ns % NS_PER_MS;
	size_t n = 0;

	out[0] = '\0';
	if (!f1p_time_text(utc_ns, text)) {
		return;
	}
	rest += rest < 0 ? NS_PER_MS : 0;
	n = strlen(text) - 1; /* without the Z */
	n = (size_t)snprintf(out, LT_UTC_TEXT, "%.*s", (int)n, text);
	if (rest != 0 && n < LT_UTC_TEXT - 8) {
		snprintf(out + n, LT_UTC_TEXT - n, "%06d", (int)rest);
		for (n += 6; out[n - 1] == '0'; n--) {
		}
	}
	snprintf(out + n, LT_UTC_TEXT - n, "Z");
}

void lte_clock_text(int32_t ms, char *out)
{
	if (ms == F1P_UNKNOWN) {
		out[0] = '\0';
	} else if (ms < 60000) {
		snprintf(out, LTE_TEXT, "%d.%03d", ms / 1000, ms % 1000);
	} else {
		snprintf(out, LTE_TEXT, "%d:%02d.%03d", ms / 60000, ms / 1000 % 60, ms % 1000);
	}
}

void lte_seconds_text(int32_t ms, char *out)
{
	if (ms == F1P_UNKNOWN) {
		out[0] = '\0';
	} else if (ms % 100 == 0) {
		snprintf(out, LTE_TEXT, "%d.%d", ms / 1000, ms / 100 % 10);
	} else {
		snprintf(out, LTE_TEXT, "%d.%03d", ms / 1000, ms % 1000);
	}
}

void lte_remaining_text(int32_t ms, char *out)
{
	if (ms == F1P_UNKNOWN) {
		out[0] = '\0';
		return;
	}
	int n = snprintf(out, LTE_TEXT, "%02d:%02d:%02d", ms / 3600000, ms / 60000 % 60, ms / 1000 % 60);
	if (ms % 1000 != 0) {
		snprintf(out + n, LTE_TEXT - (size_t)n, ".%03d", ms % 1000);
	}
}

void lte_car_key(struct f1p_json *j, uint16_t number)
{
	char key[8];

	snprintf(key, sizeof(key), "%u", (unsigned)number);
	f1p_json_key(j, key);
}

void lte_member_str(struct f1p_json *j, const char *key, const char *value)
{
	f1p_json_key(j, key);
	f1p_json_str(j, value);
}

void lte_member_strn(struct f1p_json *j, const char *key, const char *value, size_t size)
{
	f1p_json_key(j, key);
	f1p_json_strn(j, value, strnlen(value, size));
}

void lte_member_int(struct f1p_json *j, const char *key, int64_t value)
{
	f1p_json_key(j, key);
	f1p_json_int(j, value);
}

void lte_member_tri(struct f1p_json *j, const char *key, uint32_t tri)
{
	if (tri == F1P_YES || tri == F1P_NO) {
		f1p_json_key(j, key);
		f1p_json_bool(j, tri == F1P_YES);
	}
}

void lte_member_deleted(struct f1p_json *j, const char *key)
{
	f1p_json_key(j, "_deleted");
	f1p_json_array(j);
	f1p_json_str(j, key);
	f1p_json_end(j);
}

bool lte_write_lines(struct lt_encoder *e, lte_event_writer write)
{
	struct f1p_json *j = &e->json;

	f1p_json_object(j);
	f1p_json_key(j, "Lines");
	f1p_json_object(j);
	for (uint16_t i = 0; i < e->n_in_message; i++) {
		struct lte_car *car = lte_car(e, e->in_message[i]);
		const struct f1p_event *at = car != NULL ? lte_next_of(e, NULL, car->number) : NULL;

		if (car == NULL) {
			continue;
		}
		lte_car_key(j, car->number);
		f1p_json_object(j);
		while (at != NULL) {
			at = write(e, car, at);
		}
		f1p_json_end(j);
	}
	f1p_json_end(j);
	f1p_json_end(j);
	return true;
}

void lte_begin_list(struct lte_list *list, struct f1p_json *j, uint16_t *length)
{
	*list = (struct lte_list){.json = j, .length = length, .is_array = *length == LTE_NO_LIST};
	if (list->is_array) {
		*length = 0;
		f1p_json_array(j);
	} else {
		f1p_json_object(j);
	}
}

void lte_element(struct lte_list *list, uint16_t index)
{
	while (*list->length < index) {
		lte_element(list, *list->length);
		f1p_json_object(list->json);
		f1p_json_end(list->json);
	}
	if (!list->is_array) {
		lte_car_key(list->json, index);
	}
	if (index == *list->length) {
		*list->length = (uint16_t)(index + 1);
	}
}

void lte_end_list(struct lte_list *list, uint16_t at_least)
{
	while (*list->length < at_least) {
		lte_element(list, *list->length);
		f1p_json_object(list->json);
		f1p_json_end(list->json);
	}
	f1p_json_end(list->json);
}
