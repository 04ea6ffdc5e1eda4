/*
 * main.c - f1p-check: does a plugin keep the contract of include/f1pd? TAP or JSON; exit code 0 = yes, 1 = no, 2 = usage.
 */
#include <fnmatch.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runner.h"

#define PATTERNS 32

struct settings {
	const char *path;
	bool json;
	int timeout_s;
	uint64_t seed;
	struct check_option options[64];
	size_t n_options;
	const char *include[PATTERNS], *exclude[PATTERNS];
	size_t n_include, n_exclude;
};

struct tally {
	int number, passed, failed, skipped;
};

static const struct check_def *const groups[] = {
	module_checks, config_checks, life_checks, source_checks, predictor_checks, sink_checks};
#define GROUPS (sizeof(groups) / sizeof(groups[0]))

static int usage(FILE *to, int code)
{
	fputs("usage: f1p-check [options] PLUGIN.so\n"
	      "  -o KEY=VALUE       value of an option of the plugin (may be given often)\n"
	      "  --seed N           seed of all random input (default 1)\n"
	      "  --include PATTERN  only checks whose name matches (shell pattern, may be given often)\n"
	      "  --exclude PATTERN  none of these\n"
	      "  --timeout S        seconds that one check may take (default 10)\n"
	      "  --json             one JSON document instead of TAP\n"
	      "  --list             names and meaning of all checks\n",
		to);
	return code;
}

static int list_checks(void)
{
	for (size_t g = 0; g < GROUPS; g++) {
		for (const struct check_def *def = groups[g]; def->name; def++) {
			printf("%-22s %s\n", def->name, def->what);
		}
	}
	return 0;
}

static bool matches(const char *const *patterns, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++) {
		if (fnmatch(patterns[i], name, 0) == 0) {
			return true;
		}
	}
	return false;
}

static bool chosen(const struct settings *s, const char *name)
{
	return (s->n_include == 0 || matches(s->include, s->n_include, name)) && !matches(s->exclude, s->n_exclude, name);
}

/* ---- output */

static void print_json_text(const char *text)
{
	putchar('"');
	for (; *text; text++) {
		unsigned char ch = (unsigned char)*text;

		if (ch == '"' || ch == '\\') {
			printf("\\%c", ch);
		} else if (ch < 0x20 || ch >= 0x7f) {
			printf("\\u%04x", ch);
		} else {
			putchar(ch);
		}
	}
	putchar('"');
}

static void print_json(const struct tally *t, const char *plugin, const char *name, const struct run *run)
{
	static const char *const words[] = {[CHECK_PASS] = "pass", [CHECK_FAIL] = "fail", [CHECK_SKIP] = "skip"};

	printf("%s\n  {\"plugin\": ", t->number > 1 ? "," : "");
	print_json_text(plugin);
	printf(", \"check\": \"%s\", \"result\": \"%s\", \"seconds\": %.3f, \"reason\": ", name, words[run->result],
		run->seconds);
	print_json_text(run->reason);
	putchar('}');
}

/* A line that comes again and again is printed once. */
static void print_comment(const char *text)
{
	const char *last = "";
	size_t last_n = 0;

	while (*text) {
		size_t n = strcspn(text, "\n");

		if (n != last_n || strncmp(text, last, n) != 0) {
			printf("#   %.*s\n", (int)n, text);
		}
		last = text;
		last_n = n;
		text += n + (text[n] == '\n');
	}
}

static void print_tap(const struct tally *t, const char *plugin, const char *name, const struct run *run)
{
	printf("%sok %d - %s: %s", run->result == CHECK_FAIL ? "not " : "", t->number, plugin, name);
	if (run->result == CHECK_SKIP) {
		printf(" # SKIP %s", run->reason);
	}
	putchar('\n');
	if (run->result == CHECK_FAIL) {
		printf("# %s\n", run->reason);
		print_comment(run->output);
	}
}

static void report(const struct settings *s, struct tally *t, const char *plugin, const char *name, const struct run *run)
{
	t->number++;
	t->passed += run->result == CHECK_PASS;
	t->failed += run->result == CHECK_FAIL;
	t->skipped += run->result == CHECK_SKIP;
	(s->json ? print_json : print_tap)(t, plugin, name, run);
	fflush(stdout);
}

/* ---- running */

static void run_plugin(const struct settings *s, struct check *c, struct tally *t, const struct scan *scan, uint32_t plugin)
{
	struct run run;

	for (size_t g = 0; g < GROUPS; g++) {
		for (const struct check_def *def = groups[g]; def->name; def++) {
			bool loaded_already = def == &module_checks[0];

			if (!loaded_already && (def->kinds & scan->plugins[plugin].kinds) && chosen(s, def->name)) {
				run_check(c, def, plugin, s->timeout_s, &run, NULL);
				report(s, t, scan->plugins[plugin].id, def->name, &run);
			}
		}
	}
}

static int run_all(const struct settings *s)
{
	struct check c = {.path = s->path, .seed = s->seed, .options = s->options, .n_options = s->n_options};
	struct tally t = {0};
	struct scan scan;
	struct run run;
	const char *base = strrchr(s->path, '/');

	if (s->json) {
		printf("{\"module\": ");
		print_json_text(s->path);
		printf(", \"abi\": \"%u.%u\", \"seed\": %llu, \"checks\": [", F1P_ABI_MAJOR, F1P_ABI_MINOR,
			(unsigned long long)s->seed);
	} else {
		printf("TAP version 13\n# %s, ABI %u.%u, seed %llu\n", s->path, F1P_ABI_MAJOR, F1P_ABI_MINOR,
			(unsigned long long)s->seed);
	}
	run_check(&c, &module_checks[0], 0, s->timeout_s, &run, &scan);
	report(s, &t, base ? base + 1 : s->path, module_checks[0].name, &run);
	for (uint32_t i = 0; run.result == CHECK_PASS && i < scan.count; i++) {
		run_plugin(s, &c, &t, &scan, i);
	}
	if (s->json) {
		printf("\n], \"passed\": %d, \"failed\": %d, \"skipped\": %d}\n", t.passed, t.failed, t.skipped);
	} else {
		printf("1..%d\n# %d passed, %d failed, %d skipped\n", t.number, t.passed, t.failed, t.skipped);
	}
	return t.failed ? 1 : 0;
}

/* ---- command line */

static bool take_option(struct settings *s, char *text)
{
	char *equal = strchr(text, '=');

	if (!equal || s->n_options == sizeof(s->options) / sizeof(s->options[0])) {
		fprintf(stderr, "f1p-check: -o %s: give KEY=VALUE\n", text);
		return false;
	}
	*equal = '\0';
	s->options[s->n_options++] = (struct check_option){text, equal + 1};
	return true;
}

static bool take_pair(struct settings *s, const char *name, char *value)
{
	if (strcmp(name, "-o") == 0) {
		return take_option(s, value);
	}
	if (strcmp(name, "--seed") == 0) {
		char *end;

		s->seed = strtoull(value, &end, 0);
		return *value && *end == '\0';
	}
	if (strcmp(name, "--timeout") == 0) {
		s->timeout_s = atoi(value);
		return s->timeout_s > 0;
	}
	if (strcmp(name, "--include") == 0 && s->n_include < PATTERNS) {
		s->include[s->n_include++] = value;
		return true;
	}
	if (strcmp(name, "--exclude") == 0 && s->n_exclude < PATTERNS) {
		s->exclude[s->n_exclude++] = value;
		return true;
	}
	return false;
}

int main(int argc, char **argv)
{
	char path[PATH_MAX];
	struct settings s = {.seed = 1, .timeout_s = sanitized() ? 60 : 10};

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
			return usage(stdout, 0);
		}
		if (strcmp(argv[i], "--list") == 0) {
			return list_checks();
		}
		if (strcmp(argv[i], "--json") == 0) {
			s.json = true;
		} else if (argv[i][0] != '-' && !s.path) {
			s.path = argv[i];
		} else if (i + 1 >= argc || !take_pair(&s, argv[i], argv[i + 1])) {
			return usage(stderr, 2);
		} else {
			i++;
		}
	}
	if (!s.path) {
		return usage(stderr, 2);
	}
	if (!realpath(s.path, path)) {
		perror(s.path);
		return 2;
	}
	s.path = path;
	return run_all(&s);
}
