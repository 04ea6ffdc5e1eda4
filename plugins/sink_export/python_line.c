#include "python_line.h"

#include <string.h>

static void put(struct out_file *f, const char *text)
{
	out_file_put(f, text, strlen(text));
}

/* json[*at] is the opening quote; *at ends behind the closing one. */
static void put_string(struct out_file *f, const char *json, size_t n, size_t *at)
{
	size_t from = ++*at;

	out_file_putc(f, '\'');
	while (*at < n && json[*at] != '"') {
		bool escape = json[*at] == '\\' && *at + 1 < n;
		char c = escape ? json[*at + 1] : json[*at];
		const char *instead = c == '\'' ? "\\u0027" : escape && c == '"' ? "\\u0022" : escape && c == '/' ? "/" : NULL;

		if (instead != NULL) {
			out_file_put(f, json + from, *at - from);
			put(f, instead);
			from = *at + (escape ? 2 : 1);
		}
		*at += escape ? 2 : 1;
	}
	out_file_put(f, json + from, *at - from);
	out_file_putc(f, '\'');
	++*at;
}

static void put_word(struct out_file *f, const char *json, size_t n, size_t *at)
{
	size_t from = *at;

	while (*at < n && strchr(",:{}[]\"", json[*at]) == NULL) {
		++*at;
	}
	if (json[from] == 't') {
		put(f, "True");
	} else if (json[from] == 'f') {
		put(f, "False");
	} else if (json[from] == 'n') {
		put(f, "None");
	} else {
		out_file_put(f, json + from, *at - from);
	}
}

static void put_value(struct out_file *f, const char *json, size_t n)
{
	for (size_t at = 0; at < n;) {
		switch (json[at]) {
		case '"':
			put_string(f, json, n, &at);
			break;
		case ',':
			put(f, ", ");
			at++;
			break;
		case ':':
			put(f, ": ");
			at++;
			break;
		case '{':
		case '}':
		case '[':
		case ']':
			out_file_putc(f, json[at++]);
			break;
		default:
			put_word(f, json, n, &at);
			break;
		}
	}
}

void python_line_write(struct out_file *f, const char *topic, const char *json, size_t n, const char *utc)
{
	put(f, "['");
	put(f, topic);
	put(f, "', ");
	put_value(f, json, n);
	put(f, ", '");
	put(f, utc);
	put(f, "']\n");
}
