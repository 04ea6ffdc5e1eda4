/*
 * text_line.c - lines of plain text: an optional time, the topic, the payload, apart by blanks, commas, tabs or bars.
 */
#include "feed_time.h"
#include "reader.h"
#include "record.h"
#include "topics.h"

#include <string.h>

static bool between(char c)
{
	return c == ' ' || c == '\t' || c == ',' || c == '|' || c == ';' || c == '/';
}

static struct f1p_json_slice next_word(const char **p, const char *end)
{
	const char *from = NULL;

	while (*p < end && between(**p)) {
		(*p)++;
	}
	from = *p;
	while (*p < end && !between(**p) && **p != '{' && **p != '"' && **p != '[') {
		(*p)++;
	}
	return (struct f1p_json_slice){from, (size_t)(*p - from)};
}

static bool word_time(struct f1p_json_slice w, struct sr_item *out)
{
	bool is_offset = false;

	if (sr_utc_parse(w.text, w.n, &out->t_ns)) {
		return true;
	}
	if (sr_hms_parse(w.text, w.n, &out->t_ns) || (w.n > 0 && sr_json_time(w, &out->t_ns, &is_offset) && is_offset)) {
		out->is_offset = true;
		return true;
	}
	out->t_ns = F1P_UNKNOWN_NS;
	return false;
}

bool sr_text_line_parse(const char *text, size_t n, struct sr_item *out)
{
	const char *p = text, *end = text + n;
	struct f1p_json_slice word = next_word(&p, end);

	*out = (struct sr_item){.kind = SR_MESSAGE, .t_ns = F1P_UNKNOWN_NS};
	if (word_time(word, out)) {
		word = next_word(&p, end);
	}
	if (!sr_topic_known(word.text, word.n)) {
		return false;
	}
	out->topic = word;
	while (p < end && (between(*p) || *p == ':')) {
		p++;
	}
	while (end > p && (end[-1] == ' ' || end[-1] == '\r')) {
		end--;
	}
	out->json = (struct f1p_json_slice){p, (size_t)(end - p)};
	return out->json.n > 1 && (*p == '{' || *p == '[' || *p == '"');
}
