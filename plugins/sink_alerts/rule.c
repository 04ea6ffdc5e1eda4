/* rule.c - see rule.h. */
#include "rule.h"

#include <stdio.h>
#include <string.h>

#include "helpers/decimal.h"

enum token_kind { TOKEN_END = 1, TOKEN_WORD, TOKEN_NUMBER, TOKEN_SIGN };

struct token {
	enum token_kind kind;
	const char *at;
	size_t n;
};

struct reading {
	const char *begin, *at, *end;
	struct token token; /* the next one */
	struct rule *rule;
	char *err;
	size_t err_size;
};

static const struct {
	const char *words;
	uint8_t kind;
} whats[] = {
	{"win", RULE_WIN},
	{"podium", RULE_PODIUM},
	{"points", RULE_POINTS},
	{"retirement", RULE_RETIREMENT},
	{"overtake", RULE_OVERTAKE},
	{"position", RULE_POSITION},
	{"pits", RULE_PITS},
	{"retires", RULE_RETIRES},
	{"leads", RULE_LEADS},
	{"safety car", RULE_SAFETY_CAR},
	{"vsc", RULE_VSC},
	{"red flag", RULE_RED_FLAG},
	{"rain", RULE_RAIN},
	{"starts", RULE_STARTS},
	{"finishes", RULE_FINISHES},
	{"race control", RULE_RACE_CONTROL},
};
static const struct {
	const char *sign;
	uint8_t test;
} signs[] = {
	{">=", RULE_AT_LEAST},
	{"\xe2\x89\xa5", RULE_AT_LEAST},
	{"<=", RULE_AT_MOST},
	{"\xe2\x89\xa4", RULE_AT_MOST},
	{">", RULE_ABOVE},
	{"<", RULE_BELOW},
};
static const struct {
	const char *word;
	uint8_t test;
} changes[] = {{"changes", RULE_CHANGES}, {"rises", RULE_RISES}, {"falls", RULE_FALLS}};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* ------------------------------------------------------------------ tokens */

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool is_letter(char c)
{
	return lower(c) >= 'a' && lower(c) <= 'z';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static size_t span(const struct reading *r, bool (*is)(char))
{
	size_t n = 0;

	while (r->at + n < r->end && is(r->at[n])) {
		n++;
	}
	return n;
}

static bool is_numeral(char c)
{
	return is_digit(c) || c == '.';
}

static size_t sign_length(const struct reading *r)
{
	size_t left = (size_t)(r->end - r->at);

	for (size_t i = 0; i < COUNT(signs); i++) {
		size_t n = strlen(signs[i].sign);
		if (n <= left && memcmp(r->at, signs[i].sign, n) == 0) {
			return n;
		}
	}
	return 1;
}

static void next(struct reading *r)
{
	while (r->at < r->end && (*r->at == ' ' || *r->at == '\t')) {
		r->at++;
	}
	r->token = (struct token){TOKEN_END, r->at, 0};
	if (r->at == r->end) {
		return;
	}
	if (is_letter(*r->at)) {
		r->token = (struct token){TOKEN_WORD, r->at, span(r, is_letter)};
	} else if (is_digit(*r->at)) {
		r->token = (struct token){TOKEN_NUMBER, r->at, span(r, is_numeral)};
	} else {
		r->token = (struct token){TOKEN_SIGN, r->at, sign_length(r)};
	}
	r->at += r->token.n;
}

static bool token_is(const struct reading *r, const char *text)
{
	if (strlen(text) != r->token.n) {
		return false;
	}
	for (size_t i = 0; i < r->token.n; i++) {
		if (lower(r->token.at[i]) != text[i]) {
			return false;
		}
	}
	return r->token.n > 0;
}

static bool take(struct reading *r, const char *text)
{
	if (!token_is(r, text)) {
		return false;
	}
	next(r);
	return true;
}

static bool refuse(struct reading *r, const char *wanted)
{
	size_t at = (size_t)(r->token.at - r->begin);

	if (r->token.kind == TOKEN_END) {
		snprintf(r->err, r->err_size, "%s is missing at the end", wanted);
	} else {
		snprintf(r->err, r->err_size, "%s is expected at character %zu", wanted, at + 1);
	}
	return false;
}

static bool expect(struct reading *r, const char *text)
{
	char wanted[32];

	snprintf(wanted, sizeof(wanted), "\"%s\"", text);
	return take(r, text) || refuse(r, wanted);
}

/* ------------------------------------------------------------------ parts */

bool rule_driver_parse(struct rule_driver *d, const char *text, size_t n)
{
	*d = (struct rule_driver){0};
	if (n == 0 || n > 3) {
		return false;
	}
	for (size_t i = 0; i < n; i++) {
		if (is_digit(text[i]) && is_digit(text[0])) {
			d->number = (uint16_t)(d->number * 10 + (text[i] - '0'));
		} else if (is_letter(text[i]) && !is_digit(text[0]) && n == 3) {
			d->code[i] = (char)(lower(text[i]) - 'a' + 'A');
		} else {
			return false;
		}
	}
	return d->code[0] || d->number > 0;
}

void rule_driver_text(const struct rule_driver *d, char out[8])
{
	if (d->number) {
		snprintf(out, 8, "%u", d->number);
	} else {
		snprintf(out, 8, "%s", d->code);
	}
}

static bool driver(struct reading *r, struct rule_driver *d)
{
	if (!rule_driver_parse(d, r->token.at, r->token.n)) {
		return refuse(r, "a driver (VER or 1)");
	}
	next(r);
	return true;
}

static bool who(struct reading *r)
{
	if (!take(r, "[")) {
		return true;
	}
	r->rule->has_who = true;
	if (!driver(r, &r->rule->who)) {
		return false;
	}
	if (r->rule->kind == RULE_OVERTAKE && take(r, "on")) {
		r->rule->has_whom = true;
		if (!driver(r, &r->rule->whom)) {
			return false;
		}
	}
	return expect(r, "]");
}

/* With two decimals; least and most in the unit of the text. */
static bool number(struct reading *r, int64_t least_hundredths, int64_t most_hundredths)
{
	char wanted[64];
	int64_t v = 0;

	if (r->token.kind == TOKEN_NUMBER && f1p_parse_decimal(r->token.at, r->token.n, 2, &v) && v >= least_hundredths &&
		v <= most_hundredths) {
		r->rule->value = (int32_t)v;
		next(r);
		return true;
	}
	snprintf(wanted, sizeof(wanted), "a number from %lld.%02lld to %lld", (long long)(least_hundredths / 100),
		(long long)(least_hundredths % 100), (long long)(most_hundredths / 100));
	return refuse(r, wanted);
}

static bool compare(struct reading *r)
{
	for (size_t i = 0; i < COUNT(signs); i++) {
		if (take(r, signs[i].sign)) {
			r->rule->test = signs[i].test;
			return true;
		}
	}
	return refuse(r, ">, >=, < or <=");
}

static bool level(struct reading *r)
{
	return compare(r) && number(r, 0, 10000) && expect(r, "%");
}

static bool chance(struct reading *r)
{
	for (size_t i = 0; i < COUNT(changes); i++) {
		if (!take(r, changes[i].word)) {
			continue;
		}
		r->rule->test = changes[i].test;
		if (!expect(r, "by")) {
			return false;
		}
		if (!take(r, ">=")) {
			take(r, "\xe2\x89\xa5");
		}
		return number(r, 10, 10000) && (take(r, "point") || expect(r, "points"));
	}
	return level(r);
}

static bool overtake(struct reading *r)
{
	if (!expect(r, "within")) {
		return false;
	}
	if (!token_is(r, "1") && !token_is(r, "3") && !token_is(r, "5")) {
		return refuse(r, "1, 3 or 5");
	}
	r->rule->laps = (uint8_t)(r->token.at[0] - '0');
	next(r);
	return (take(r, "lap") || expect(r, "laps")) && level(r);
}

static bool position(struct reading *r)
{
	if (!compare(r) || !number(r, 100, 3200)) {
		return false;
	}
	if (r->rule->value % 100 != 0) {
		snprintf(r->err, r->err_size, "a position is a whole number");
		return false;
	}
	r->rule->value /= 100;
	return true;
}

/* "safety car" is two words. */
static bool take_words(struct reading *r, const char *words)
{
	const struct reading before = *r;
	const char *blank = strchr(words, ' ');
	char first[16];

	if (!blank) {
		return take(r, words);
	}
	snprintf(first, sizeof(first), "%.*s", (int)(blank - words), words);
	if (take(r, first) && take(r, blank + 1)) {
		return true;
	}
	*r = before;
	return false;
}

static bool what(struct reading *r)
{
	for (size_t i = 0; i < COUNT(whats); i++) {
		if (take_words(r, whats[i].words)) {
			r->rule->kind = whats[i].kind;
			return true;
		}
	}
	return refuse(r, "win, podium, points, retirement, overtake, position, pits, retires, leads, safety car, vsc, red flag, "
			 "rain, starts, finishes or race control");
}

static bool rest(struct reading *r)
{
	switch (r->rule->kind) {
	case RULE_WIN:
	case RULE_PODIUM:
	case RULE_POINTS:
	case RULE_RETIREMENT:
		return chance(r);
	case RULE_OVERTAKE:
		return overtake(r);
	case RULE_POSITION:
		return position(r);
	default:
		r->rule->test = RULE_HAPPENS;
		return true;
	}
}

bool rule_parse(struct rule *rule, const char *text, size_t n, char *err, size_t err_size)
{
	struct reading r = {.begin = text, .at = text, .end = text + n, .rule = rule, .err = err, .err_size = err_size};

	*rule = (struct rule){0};
	if (n > RULE_TEXT_MAX) {
		snprintf(err, err_size, "a rule has at most %u bytes", RULE_TEXT_MAX);
		return false;
	}
	next(&r);
	rule->my = take_words(&r, "my driver");
	if (!what(&r)) {
		return false;
	}
	if (rule->my && !rule_has_cars(rule)) {
		snprintf(err, err_size, "this is not about a driver: leave \"my driver\" out");
		return false;
	}
	if (!rule->my && rule_has_cars(rule) && !who(&r)) {
		return false;
	}
	return rest(&r) && (r.token.kind == TOKEN_END || refuse(&r, "the end"));
}

/* ------------------------------------------------------------------ text */

struct writing {
	char *out;
	size_t n;
};

static void put(struct writing *w, const char *text)
{
	int n = snprintf(w->out + w->n, RULE_TEXT - w->n, "%s", text);

	w->n += n > 0 && (size_t)n < RULE_TEXT - w->n ? (size_t)n : 0;
}

static void put_who(struct writing *w, const struct rule *r)
{
	char text[8];

	put(w, "[");
	rule_driver_text(&r->who, text);
	put(w, text);
	if (r->has_whom) {
		rule_driver_text(&r->whom, text);
		put(w, " on ");
		put(w, text);
	}
	put(w, "]");
}

static void put_number(struct writing *w, int32_t hundredths)
{
	char text[24];

	if (hundredths % 100 == 0) {
		snprintf(text, sizeof(text), "%d", hundredths / 100);
	} else {
		snprintf(text, sizeof(text), "%d.%02d", hundredths / 100, hundredths % 100);
	}
	put(w, text);
}

static const char *sign_of(uint8_t test)
{
	return test == RULE_ABOVE ? " > " : test == RULE_AT_LEAST ? " >= " : test == RULE_BELOW ? " < " : " <= ";
}

static void put_test(struct writing *w, const struct rule *r)
{
	if (r->test == RULE_HAPPENS) {
		return;
	}
	if (rule_is_change(r)) {
		put(w, " ");
		put(w, changes[r->test - RULE_CHANGES].word);
		put(w, " by >= ");
		put_number(w, r->value);
		put(w, " points");
		return;
	}
	put(w, sign_of(r->test));
	put_number(w, r->kind == RULE_POSITION ? r->value * 100 : r->value);
	put(w, r->kind == RULE_POSITION ? "" : " %");
}

void rule_text(const struct rule *r, char out[RULE_TEXT])
{
	struct writing w = {.out = out};
	char laps[32];

	out[0] = '\0';
	put(&w, r->my ? "my driver " : "");
	put(&w, whats[r->kind - RULE_WIN].words);
	if (r->has_who) {
		put_who(&w, r);
	}
	if (r->kind == RULE_OVERTAKE) {
		snprintf(laps, sizeof(laps), " within %u laps", r->laps);
		put(&w, laps);
	}
	put_test(&w, r);
}
