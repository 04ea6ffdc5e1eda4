#include "history/csv_reader.h"

enum state {
	FIELD_BEGINS = 1,
	PLAIN,
	QUOTED,
	QUOTE_IN_QUOTED, /* the end of the field, or the first half of "" */
	AFTER_CR
};

void csv_begin(struct csv_reader *r, FILE *file)
{
	r->file = file;
	r->next_line = 1;
	r->n_fields = 0;
	r->reason = "";
	int c[3] = {0};
	for (int i = 0; i < 3; i++)
		c[i] = getc_unlocked(file);
	if (c[0] != 0xef || c[1] != 0xbb || c[2] != 0xbf)
		rewind(file);
}

static int next_char(struct csv_reader *r)
{
	int c = getc_unlocked(r->file);

	r->next_line += c == '\n';
	return c;
}

static bool put(struct csv_reader *r, int c)
{
	if (r->used >= CSV_RECORD_MAX) {
		r->reason = "the record is longer than 64 KiB; is a quote not closed?";
		return false;
	}
	r->text[r->used++] = (char)c;
	return true;
}

static bool begin_field(struct csv_reader *r)
{
	if (r->n_fields == CSV_FIELDS_MAX) {
		r->reason = "more than 128 fields";
		return false;
	}
	r->starts[r->n_fields++] = r->used;
	return true;
}

/* Eats one character; 0 on an error, else the next state. The field's own bytes go to text. */
static enum state step(struct csv_reader *r, enum state s, int c)
{
	if (c == '\0') {
		r->reason = "a NUL byte";
		return 0;
	}
	if (s == QUOTED)
		return c == '"' ? QUOTE_IN_QUOTED : put(r, c) ? QUOTED : 0;
	if (c == ',')
		return put(r, '\0') && begin_field(r) ? FIELD_BEGINS : 0;
	if (s == QUOTE_IN_QUOTED && c == '"')
		return put(r, c) ? QUOTED : 0;
	if (c == '\r' && s != AFTER_CR)
		return AFTER_CR;
	if (s == QUOTE_IN_QUOTED || s == AFTER_CR) {
		r->reason = s == AFTER_CR ? "a CR without LF" : "text behind a closing quote";
		return 0;
	}
	if (c == '"' && s == FIELD_BEGINS)
		return QUOTED;
	if (c == '"') {
		r->reason = "a quote within an unquoted field";
		return 0;
	}
	return put(r, c) ? PLAIN : 0;
}

static enum csv_got finish_record(struct csv_reader *r)
{
	if (!put(r, '\0'))
		return CSV_BAD;
	for (size_t i = 0; i < r->n_fields; i++)
		r->fields[i] = r->text + r->starts[i];
	return CSV_RECORD;
}

static enum csv_got read_record(struct csv_reader *r)
{
	enum state s = FIELD_BEGINS;

	r->used = 0;
	r->n_fields = 0;
	begin_field(r);
	for (;;) {
		int c = next_char(r);
		if (c == EOF && s == QUOTED) {
			r->reason = "a quote is not closed";
			return CSV_BAD;
		}
		if (c == EOF || (c == '\n' && s != QUOTED))
			return finish_record(r);
		s = step(r, s, c);
		if (s == 0) {
			while (c != '\n' && c != EOF)
				c = next_char(r);
			return CSV_BAD;
		}
	}
}

enum csv_got csv_next(struct csv_reader *r)
{
	for (;;) {
		r->line = r->next_line;
		int c = getc_unlocked(r->file);
		if (c == EOF)
			return CSV_END;
		ungetc(c, r->file);
		enum csv_got got = read_record(r);
		if (got != CSV_RECORD || r->n_fields > 1 || r->fields[0][0])
			return got;
	}
}
