#include "daemon/score_command.h"

#include "backtest/scorecard.h"
#include "backtest/walk_report.h"
#include "daemon/command_config.h"

#include <stdio.h>
#include <stdlib.h>

static int print_card(const char *path, bool json)
{
	struct walk_result *card = calloc(1, sizeof(*card));
	char err[300] = "out of memory";
	size_t bad = 0;
	int code = 1;

	if (card && scorecard_read(card, path, &bad, err, sizeof(err))) {
		if (!json && card->n_races == 0)
			printf("%s: no race has been scored yet; the daemon does that when a live race is over\n", path);
		else
			code = !(json ? walk_report_json(card, 0, 0, stdout) : walk_report_text(card, stdout));
		code = card->n_races == 0 && !json ? 0 : code;
		if (bad)
			fprintf(stderr, "f1pd: %s: %zu lines are no scores and were passed over\n", path, bad);
		walk_result_finish(card);
	} else {
		fprintf(stderr, "f1pd: %s\n", err);
	}
	free(card);
	return code;
}

int score_command(const char *config_dir, const char *data_dir, bool json)
{
	struct config *c = data_dir ? NULL : command_config_load(config_dir);
	const char *dir = data_dir ? data_dir : c ? c->core.data_dir : "";
	char path[4200];
	int code = 1;

	if (dir[0]) {
		snprintf(path, sizeof(path), "%.4000s/scores.jsonl", dir);
		code = print_card(path, json);
	} else if (c) {
		fprintf(stderr, "f1pd: the configuration keeps no scores (data_dir is empty); name a folder with --data DIR\n");
	}
	config_free(c);
	return code;
}
