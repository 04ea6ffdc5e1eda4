/*
 * record.h - one record of a recording (a line, a SignalR frame, an element of an array) -> the messages in it.
 *
 * The shape is seen in each record, not fixed for a file, so that mixed files play too:
 *
 *	{"C":..,"M":[{"H":..,"M":"feed","A":[topic,data,time]},..]}   classic SignalR frame
 *	{"R":{topic:snapshot,..},"I":..}                              ... the answer to Subscribe
 *	{"H":..,"M":"feed","A":[topic,data,time]}                     ... one hub message
 *	{"type":1,"target":"feed","arguments":[topic,data,time]}      SignalR Core; {"type":3,"result":{..}} the answer
 *	{"timestamp"?:..,"updates":{topic:delta,..}}                  element of an updates array
 *	{"stream"|"topic"|"Type":topic,"payload"|"data"|"Json":..,"timestamp"|"DateTime"|"offset":..}
 *	{topic:snapshot,..}                                           subscribe.json
 *	[topic, data, time]                                           FastF1 `livetiming save`, Python-quoted or JSON
 *	[time] topic payload                                          plain text
 */
#ifndef SR_RECORD_H
#define SR_RECORD_H

#include "buffer.h"

#include <helpers/json_reader.h>

#define SR_RECORD_ITEMS 4096u

struct sr_item {
	uint32_t kind; /* enum sr_kind */
	struct f1p_json_slice topic, json;
	int64_t t_ns;	/* F1P_UNKNOWN_NS: the record tells none */
	bool is_offset; /* t_ns counts from the beginning of the recording */
};

struct sr_record {
	struct sr_item *items; /* slices point into the text that was parsed, or into the buffers here */
	uint32_t n, room;
	struct sr_buffer python;   /* the text as JSON */
	struct sr_buffer unquoted; /* a payload that came as a string of JSON */
	uint32_t bad_times;	   /* items whose time could not be read: they have none */
	const char *why;	   /* of the last F1P_EINVAL */
};

void sr_record_init(struct sr_record *);
void sr_record_finish(struct sr_record *);
/* F1P_OK: n items, 0 for keep-alives and chatter; F1P_EINVAL: why; then n is 0. The text must live as long as the items. */
f1p_status sr_record_parse(struct sr_record *, const char *text, size_t n);

/* "[time] topic payload" (text_line.c). False if the line is not of this form. */
bool sr_text_line_parse(const char *text, size_t n, struct sr_item *);

#endif
