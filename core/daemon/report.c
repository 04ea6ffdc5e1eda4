#include "daemon/report.h"

#include "base/log.h"
#include "helpers/encode.h"

#include <stdlib.h>
#include <string.h>

#define MAX_TOPICS 64

struct topic {
	char name[48];
	uint64_t messages;
};

/* What the sources counted, read from the metrics. */
struct counts {
	uint64_t messages, rejected, oddities;
	struct topic topics[MAX_TOPICS];
	size_t n_topics;
};

void report_label(const char *labels, const char *name, char *out, size_t out_size)
{
	char key[40];
	int n = snprintf(key, sizeof(key), "%s=\"", name);
	const char *at = strstr(labels, key);
	const char *end = at ? strchr(at + n, '"') : NULL;

	if (end)
		snprintf(out, out_size, "%.*s", (int)(end - at - n), at + n);
	else
		out[0] = '\0';
}

static void count_metric(void *arg, const struct f1p_metric_view *v)
{
	struct counts *c = arg;

	if (strcmp(v->name, "f1pd_source_rejected_total") == 0)
		c->rejected += (uint64_t)v->value;
	else if (strcmp(v->name, "f1pd_source_merge_oddities_total") == 0)
		c->oddities += (uint64_t)v->value;
	else if (strcmp(v->name, "f1pd_source_messages_total") == 0) {
		c->messages += (uint64_t)v->value;
		if (c->n_topics < MAX_TOPICS) {
			struct topic *t = &c->topics[c->n_topics++];
			report_label(v->labels, "topic", t->name, sizeof(t->name));
			t->messages = (uint64_t)v->value;
		}
	}
}

static void encode_stints(struct f1p_json *j, const struct f1p_car *car)
{
	f1p_json_key(j, "stints");
	f1p_json_array(j);
	for (size_t i = 0; i < car->n_stints; i++) {
		const struct f1p_stint *s = &car->stints[i];
		bool known = s->total_laps != F1P_UNKNOWN && s->start_laps != F1P_UNKNOWN;
		f1p_json_object(j);
		f1p_json_key(j, "compound");
		f1p_json_str(j, f1p_compound_name(s->compound));
		f1p_json_key(j, "laps");
		f1p_encode_int(j, known ? s->total_laps - s->start_laps : F1P_UNKNOWN);
		f1p_json_key(j, "age"); /* of the set at the end of the stint, earlier use included */
		f1p_encode_int(j, s->total_laps);
		f1p_json_key(j, "age_at_start");
		f1p_encode_int(j, s->start_laps);
		f1p_json_end(j);
	}
	f1p_json_end(j);
}

static void encode_car(struct f1p_json *j, const struct f1p_car *car)
{
	f1p_json_object(j);
	f1p_json_key(j, "position");
	f1p_encode_int(j, car->position);
	f1p_json_key(j, "number");
	f1p_json_int(j, car->number);
	f1p_json_key(j, "code");
	f1p_encode_text(j, car->code, sizeof(car->code));
	f1p_json_key(j, "team");
	f1p_encode_text(j, car->team, sizeof(car->team));
	f1p_json_key(j, "gap_s");
	if (car->gap_ms == F1P_UNKNOWN)
		f1p_json_null(j);
	else
		f1p_json_num(j, car->gap_ms / 1000.0, 3);
	f1p_json_key(j, "gap_laps");
	f1p_encode_int(j, car->gap_laps);
	f1p_json_key(j, "laps");
	f1p_encode_int(j, car->laps);
	f1p_json_key(j, "best_ms");
	f1p_encode_int(j, car->best_ms);
	f1p_json_key(j, "part_best_ms");
	f1p_json_array(j);
	for (int i = 0; i < 3; i++)
		f1p_encode_int(j, car->part_best_ms[i]);
	f1p_json_end(j);
	f1p_json_key(j, "stops");
	f1p_encode_int(j, car->stops);
	f1p_json_key(j, "retired");
	f1p_json_bool(j, car->retired == F1P_YES);
	f1p_json_key(j, "retired_how");
	f1p_json_str(j, f1p_retired_how_name(car->retired_how));
	encode_stints(j, car);
	f1p_json_end(j);
}

static void encode_session(struct f1p_json *j, const struct f1p_state *s)
{
	f1p_json_key(j, "session");
	f1p_json_object(j);
	f1p_json_key(j, "name");
	f1p_encode_text(j, s->name, sizeof(s->name));
	f1p_json_key(j, "type");
	f1p_json_str(j, f1p_session_type_name(s->type));
	f1p_json_key(j, "meeting");
	f1p_encode_text(j, s->meeting, sizeof(s->meeting));
	f1p_json_key(j, "circuit");
	f1p_encode_text(j, s->circuit, sizeof(s->circuit));
	f1p_json_key(j, "year");
	f1p_encode_int(j, s->year ? s->year : F1P_UNKNOWN);
	f1p_json_key(j, "status");
	f1p_json_str(j, f1p_session_status_name(s->status));
	f1p_json_end(j);
}

static int32_t laps_done(const struct f1p_state *s)
{
	int32_t laps = F1P_UNKNOWN;

	for (size_t i = 0; i < s->n_cars; i++)
		if (s->cars[i].laps > laps)
			laps = s->cars[i].laps;
	return laps;
}

static void encode_topics(struct f1p_json *j, const struct counts *c)
{
	f1p_json_key(j, "topics");
	f1p_json_object(j);
	for (size_t i = 0; i < c->n_topics; i++) {
		f1p_json_key(j, c->topics[i].name);
		f1p_json_uint(j, c->topics[i].messages);
	}
	f1p_json_end(j);
}

static void encode_report(struct f1p_json *j, const struct f1p_state *s, const struct engine_report *r, const struct counts *c,
	double wall_s)
{
	f1p_json_object(j);
	encode_session(j, s);
	f1p_json_key(j, "simulated");
	f1p_json_bool(j, r->simulated);
	f1p_json_key(j, "laps");
	f1p_encode_int(j, laps_done(s));
	f1p_json_key(j, "total_laps");
	f1p_encode_int(j, s->total_laps);
	f1p_json_key(j, "order");
	f1p_json_array(j);
	for (size_t i = 0; i < s->n_cars; i++)
		encode_car(j, &s->cars[s->order[i]]);
	f1p_json_end(j);
	f1p_json_key(j, "race_control_messages");
	f1p_json_uint(j, s->messages_total);
	f1p_json_key(j, "neutralisations");
	f1p_json_object(j);
	f1p_json_key(j, "sc");
	f1p_json_int(j, s->n_sc);
	f1p_json_key(j, "vsc");
	f1p_json_int(j, s->n_vsc);
	f1p_json_key(j, "red");
	f1p_json_int(j, s->n_red);
	f1p_json_end(j);
	f1p_json_key(j, "messages");
	f1p_json_uint(j, c->messages);
	f1p_json_key(j, "rejected");
	f1p_json_uint(j, c->rejected);
	f1p_json_key(j, "rejected_events");
	f1p_json_uint(j, r->rejected);
	f1p_json_key(j, "merge_oddities");
	f1p_json_uint(j, c->oddities);
	encode_topics(j, c);
	f1p_json_key(j, "wall_s");
	f1p_json_num(j, wall_s, 3);
	f1p_json_key(j, "messages_per_s");
	f1p_json_num(j, wall_s > 0 ? (double)c->messages / wall_s : 0, 0);
	f1p_json_key(j, "events");
	f1p_json_uint(j, r->events);
	f1p_json_key(j, "seq");
	f1p_json_uint(j, r->seq);
	f1p_json_key(j, "forecasts");
	f1p_json_uint(j, r->forecasts);
	f1p_json_key(j, "state_sha256");
	f1p_json_str(j, r->state_sha256);
	f1p_json_key(j, "forecast_sha256");
	f1p_json_str(j, r->forecast_sha256);
	f1p_json_end(j);
}

static void print_table(const struct f1p_state *s, const struct engine_report *r, const struct counts *c, double wall_s, FILE *out)
{
	fprintf(out, "%s, %s %u (%s)%s\n", s->meeting, s->name, s->year, s->circuit, r->simulated ? " SIMULATED" : "");
	for (size_t i = 0; i < s->n_cars; i++) {
		const struct f1p_car *car = &s->cars[s->order[i]];
		fprintf(out, "%3zu  %3u  %-4s %-24s laps %3d  stops %d%s\n", i + 1, car->number, car->code, car->team,
			car->laps == F1P_UNKNOWN ? 0 : car->laps, car->stops == F1P_UNKNOWN ? 0 : car->stops,
			car->retired == F1P_YES ? "  retired" : "");
	}
	fprintf(out, "%llu messages (%llu rejected), %llu events, %llu forecasts in %.2f s\nstate %s\nforecasts %s\n",
		(unsigned long long)c->messages, (unsigned long long)c->rejected, (unsigned long long)r->events,
		(unsigned long long)r->forecasts, wall_s, r->state_sha256, r->forecast_sha256);
}

bool report_write(struct daemon *d, double wall_s, bool json, FILE *out)
{
	struct counts *c = calloc(1, sizeof(*c));
	struct engine_report r;
	struct f1p_json j;
	const char *text;
	size_t len;
	bool ok = false;

	if (!c)
		return false;
	engine_report(daemon_engine(d), &r, true);
	if (r.events <= 1) { /* that the source ended, or failed */
		log_line(F1P_LOG_ERROR, "replay", "there was nothing to play");
		goto done;
	}
	const struct f1p_state *s = engine_state(daemon_engine(d));
	services_metrics()->visit(daemon_core_host(d), count_metric, c);
	if (!json) {
		print_table(s, &r, c, wall_s, out);
		ok = true;
		goto done;
	}
	f1p_json_init(&j);
	encode_report(&j, s, &r, c, wall_s);
	text = f1p_json_text(&j, &len);
	ok = text && fwrite(text, 1, len, out) == len && fputc('\n', out) != EOF && fflush(out) == 0;
	f1p_json_finish(&j);
done:
	if (r.journal_error[0]) /* told by the engine; the result is right, the journal is not whole */
		ok = false;
	free(c);
	return ok;
}
