/*
 * encode_people.c - DriverList, TopThree, RaceControlMessages.
 */
#include "encode_internal.h"
#include "encode_words.h"

#include <stdio.h>

#define NS_PER_S INT64_C(1000000000)

/* ---- DriverList, TopThree ---- */

static void write_number(struct f1p_json *j, uint16_t car)
{
	char text[LTE_TEXT];

	snprintf(text, sizeof(text), "%u", (unsigned)car);
	lte_member_str(j, "RacingNumber", text);
}

bool lte_write_drivers(struct lt_encoder *e)
{
	struct f1p_json *j = &e->json;
	char colour[LTE_TEXT];

	f1p_json_object(j);
	for (const struct f1p_event *at = lte_next(e, NULL); at != NULL; at = lte_next(e, at)) {
		const struct f1p_ev_driver *ev = (const void *)at;

		lte_car_key(j, ev->car);
		f1p_json_object(j);
		if (ev->mask != F1P_DRIVER_LINE) {
			write_number(j, ev->car);
		}
		if (ev->mask & F1P_DRIVER_NAME) {
			LTE_MEMBER_TEXT(j, "FullName", ev->name);
		}
		if (ev->mask & F1P_DRIVER_CODE) {
			LTE_MEMBER_TEXT(j, "Tla", ev->code);
		}
		if (ev->mask & F1P_DRIVER_LINE) {
			lte_member_int(j, "Line", ev->line);
		}
		if (ev->mask & F1P_DRIVER_TEAM) {
			LTE_MEMBER_TEXT(j, "TeamName", ev->team);
		}
		if (ev->mask & F1P_DRIVER_COLOUR) {
			snprintf(colour, sizeof(colour), "%06X", (unsigned)(ev->colour_rgb & 0xffffff));
			lte_member_str(j, "TeamColour", colour);
		}
		if (ev->mask & F1P_DRIVER_COUNTRY) {
			LTE_MEMBER_TEXT(j, "CountryCode", ev->country);
		}
		f1p_json_end(j);
	}
	f1p_json_end(j);
	return true;
}

bool lte_write_top_three(struct lt_encoder *e)
{
	struct f1p_json *j = &e->json;
	struct lte_list lines;
	char text[LTE_TEXT];

	f1p_json_object(j);
	f1p_json_key(j, "Lines");
	lte_begin_list(&lines, j, &e->n_top);
	for (const struct f1p_event *at = lte_next(e, NULL); at != NULL; at = lte_next(e, at)) {
		const struct f1p_ev_car_value *ev = (const void *)at;

		lte_element(&lines, (uint16_t)(ev->value - 1));
		f1p_json_object(j);
		if (ev->car != 0) {
			snprintf(text, sizeof(text), "%d", ev->value);
			lte_member_str(j, "Position", text);
			write_number(j, ev->car);
		}
		f1p_json_end(j);
	}
	lte_end_list(&lines, 3);
	f1p_json_end(j);
	return true;
}

/* ---- RaceControlMessages ---- */

static void member_word(struct f1p_json *j, const char *key, const char *text)
{
	if (text != NULL) {
		lte_member_str(j, key, text);
	}
}

static void write_message(struct f1p_json *j, const struct f1p_ev_race_control *ev)
{
	char utc[LT_UTC_TEXT];

	if (ev->t_utc_ns != F1P_UNKNOWN_NS) {
		lt_utc_text(ev->t_utc_ns, utc);
		if (ev->t_utc_ns % NS_PER_S == 0) {
			utc[19] = '\0'; /* the feed's own form */
		}
		lte_member_str(j, "Utc", utc);
	}
	if (ev->lap != F1P_UNKNOWN) {
		lte_member_int(j, "Lap", ev->lap);
	}
	member_word(j, "Category", lt_category_word(ev->category));
	member_word(j, "Flag", lt_flag_word(ev->flag));
	member_word(j, "Scope", lt_scope_word(ev->scope));
	if (ev->sector != 0) {
		lte_member_int(j, "Sector", ev->sector);
	}
	if (ev->car != 0) {
		write_number(j, ev->car);
	}
	member_word(j, "Status", lt_state_word(ev->status));
	member_word(j, "Mode", lt_mode_word(ev->mode));
	LTE_MEMBER_TEXT(j, "Message", ev->text);
}

#define MESSAGES_MAX 4096

bool lte_write_control(struct lt_encoder *e)
{
	struct f1p_json *j = &e->json;
	struct lte_list messages;

	if (((const struct f1p_ev_race_control *)(const void *)e->pending)->index >= MESSAGES_MAX) {
		return false;
	}
	f1p_json_object(j);
	f1p_json_key(j, "Messages");
	lte_begin_list(&messages, j, &e->n_messages);
	for (const struct f1p_event *at = lte_next(e, NULL); at != NULL; at = lte_next(e, at)) {
		const struct f1p_ev_race_control *ev = (const void *)at;

		if (ev->index >= MESSAGES_MAX) {
			e->skipped++;
			continue;
		}
		lte_element(&messages, ev->index);
		f1p_json_object(j);
		write_message(j, ev);
		f1p_json_end(j);
	}
	lte_end_list(&messages, 0);
	f1p_json_end(j);
	return true;
}
