/*
 * source_simulator.c - the simulator as a source plugin: options, and a paced stream of events that the host's clock drives.
 */
#include <f1pd/f1pd.h>

#include "simulator.h"

#include <stdlib.h>
#include <string.h>

#include "helpers/one_plugin.h"

#define NS INT64_C(1000000000)
#define NEXT_RACE_NS (30 * NS) /* after the end of a race, with loop = yes */

struct config {
	int64_t seed, cars, laps, rate;
	double lap_time_s, pit_loss_s;
	const char *rain, *safety_car, *red_flag, *session, *start_utc;
	int64_t pre_start_s;
	bool loop;
};

static const struct f1p_cfg_item options[] = {
	F1P_OPT(struct config, seed, F1P_CFG_INT, 0, "1", "0", "9007199254740992", NULL,
		"Which race: the same seed and options give the same events, bit for bit, on every machine"),
	F1P_OPT(struct config, cars, F1P_CFG_INT, 0, "20", "2", "32", NULL, "Cars on the grid"),
	F1P_OPT(struct config, laps, F1P_CFG_INT, 0, "57", "3", "78", NULL, "Race distance in laps"),
	F1P_OPT(struct config, lap_time_s, F1P_CFG_DOUBLE, 0, "88", "50", "150", NULL,
		"Seconds for a clean lap of a mid-field car at half fuel"),
	F1P_OPT(struct config, pit_loss_s, F1P_CFG_DOUBLE, 0, "22", "12", "40", NULL, "Seconds that a stop costs at racing speed"),
	F1P_OPT(struct config, rain, F1P_CFG_ENUM, 0, "auto", NULL, NULL, "auto|no|yes", "Rain: by chance, never, or for sure"),
	F1P_OPT(struct config, safety_car, F1P_CFG_ENUM, 0, "auto", NULL, NULL, "auto|no|yes",
		"Safety car and virtual safety car: by chance, never, or at least one safety car"),
	F1P_OPT(struct config, red_flag, F1P_CFG_ENUM, 0, "auto", NULL, NULL, "auto|no|yes",
		"Red flag with a standing restart: by chance, never, or for sure"),
	F1P_OPT(struct config, session, F1P_CFG_ENUM, 0, "race", NULL, NULL, "race|sprint", "A sprint asks for no pit stop"),
	F1P_OPT(struct config, rate, F1P_CFG_INT, 0, "1", "1", "50", NULL,
		"Gap updates per car and mini-sector: 1 as a real feed, more to generate load"),
	F1P_OPT(struct config, start_utc, F1P_CFG_STR, 0, "2030-01-01T14:00:00Z", NULL, NULL, NULL,
		"Lights out, as YYYY-MM-DDThh:mm:ssZ; fixed, so that runs are equal"),
	F1P_OPT(struct config, pre_start_s, F1P_CFG_INT, 0, "60", "0", "3600", NULL, "Seconds of waiting on the grid before lights out"),
	F1P_OPT(struct config, loop, F1P_CFG_BOOL, 0, "no", NULL, NULL, NULL,
		"After the end, a new race with the next seed, 30 s later"),
};

struct source {
	struct f1p_plugin plugin;
	const struct f1p_host *host;
	const struct f1p_bus *bus;
	struct sim_config cfg;  /* as configured */
	struct sim_config race; /* of the race that runs: later ones of a loop differ */
	bool loop;
	struct sim *sim;
	int64_t t_reset; /* the next race of a loop begins; F1P_NEVER_NS */
};

static struct source *self(struct f1p_plugin *p)
{
	return p->impl;
}

/* ------------------------------------------------------------ options */

static bool digits(const char **p, int n, int *value)
{
	*value = 0;
	for (int i = 0; i < n; i++, (*p)++) {
		if (**p < '0' || **p > '9') {
			return false;
		}
		*value = *value * 10 + (**p - '0');
	}
	return true;
}

static bool literal(const char **p, char c)
{
	return *(*p)++ == c;
}

static int days_in(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
	return month == 2 && leap ? 29 : days[month - 1];
}

/* "2030-01-01T14:00:00Z"; years 1971 to 2199. */
static bool parse_utc(const char *text, int64_t *ns)
{
	int year, month, day, h, m, sec;
	const char *p = text;
	if (!digits(&p, 4, &year) || !literal(&p, '-') || !digits(&p, 2, &month) || !literal(&p, '-') || !digits(&p, 2, &day) ||
	    !literal(&p, 'T') || !digits(&p, 2, &h) || !literal(&p, ':') || !digits(&p, 2, &m) || !literal(&p, ':') ||
	    !digits(&p, 2, &sec) || !literal(&p, 'Z') || *p != '\0') {
		return false;
	}
	if (year < 1971 || year > 2199 || month < 1 || month > 12 || day < 1 || day > days_in(year, month) || h > 23 || m > 59 || sec > 59) {
		return false;
	}
	int64_t days = day - 1;
	for (int y = 1970; y < year; y++) {
		days += days_in(y, 2) == 29 ? 366 : 365;
	}
	for (int k = 1; k < month; k++) {
		days += days_in(year, k);
	}
	*ns = (days * 86400 + h * 3600 + m * 60 + sec) * NS;
	return true;
}

static int choice(const char *text)
{
	return strcmp(text, "no") == 0 ? SIM_NO : strcmp(text, "yes") == 0 ? SIM_YES : SIM_AUTO;
}

static f1p_status configure(struct f1p_plugin *p, const void *config)
{
	const struct config *c = config;
	struct source *src = self(p);
	int64_t start_ns;
	if (!parse_utc(c->start_utc, &start_ns)) {
		return src->host->fail(src->host, F1P_ECONFIG,
			"start_utc = \"%.40s\" is not a time: write it as 2030-01-01T14:00:00Z, years 1971 to 2199", c->start_utc);
	}
	src->cfg = (struct sim_config){
		.seed = (uint64_t)c->seed,
		.cars = (int)c->cars,
		.laps = (int)c->laps,
		.lap_time_s = c->lap_time_s,
		.pit_loss_s = c->pit_loss_s,
		.rain = choice(c->rain),
		.safety_car = choice(c->safety_car),
		.red_flag = choice(c->red_flag),
		.sprint = strcmp(c->session, "sprint") == 0,
		.rate = (int)c->rate,
		.pre_start_s = (int)c->pre_start_s,
		.start_ns = start_ns,
	};
	src->loop = c->loop;
	return F1P_OK;
}

/* ------------------------------------------------------------ life cycle */

static f1p_status init(struct f1p_plugin *p)
{
	struct source *src = self(p);
	src->t_reset = F1P_NEVER_NS;
	src->bus = src->host->get_extension(src->host, F1P_EXT_BUS);
	if (!src->bus) {
		return src->host->fail(src->host, F1P_EUNSUPPORTED, "the host offers no %s: a source cannot emit", F1P_EXT_BUS);
	}
	return F1P_OK;
}

static f1p_status start(struct f1p_plugin *p)
{
	struct source *src = self(p);
	src->t_reset = F1P_NEVER_NS;
	src->race = src->cfg;
	sim_destroy(src->sim);
	src->sim = sim_create(&src->race);
	return src->sim ? F1P_OK : src->host->fail(src->host, F1P_ENOMEM, "no memory for the simulated race");
}

static void stop(struct f1p_plugin *p)
{
	struct source *src = self(p);
	sim_destroy(src->sim);
	src->sim = NULL;
}

static void destroy(struct f1p_plugin *p)
{
	struct source *src = self(p);
	sim_destroy(src->sim);
	free(src);
}

/* ------------------------------------------------------------ events */

/* The race is over: the next one of a loop, or the end. */
static f1p_status next_race(struct source *src)
{
	struct sim_result result;
	if (sim_failed(src->sim)) {
		return src->host->fail(src->host, F1P_ENOMEM, "no memory: the simulated race breaks off");
	}
	if (!src->loop) {
		return F1P_END;
	}
	sim_result(src->sim, &result);
	struct sim_config cfg = src->race;
	int64_t t_reset = result.end_ns + NEXT_RACE_NS;
	cfg.seed++;
	cfg.start_ns = t_reset + cfg.pre_start_s * NS;
	struct sim *sim = sim_create(&cfg);
	if (!sim) {
		return src->host->fail(src->host, F1P_ENOMEM, "no memory for the next simulated race");
	}
	sim_destroy(src->sim);
	src->sim = sim;
	src->race = cfg;
	src->t_reset = t_reset;
	return F1P_OK;
}

static f1p_status due(struct source *src, int64_t *t)
{
	while (src->t_reset == F1P_NEVER_NS && sim_next_time(src->sim) == F1P_NEVER_NS) {
		f1p_status status = next_race(src);
		if (status != F1P_OK) {
			return status;
		}
	}
	*t = src->t_reset != F1P_NEVER_NS ? src->t_reset : sim_next_time(src->sim);
	return F1P_OK;
}

static f1p_status emit_next(struct source *src, bool *more)
{
	struct f1p_event reset = { .size = sizeof(reset), .type = F1P_EV_FEED_RESET, .t_event_ns = src->t_reset };
	const struct f1p_event *e = &reset;
	if (src->t_reset != F1P_NEVER_NS) {
		src->t_reset = F1P_NEVER_NS;
	} else {
		e = sim_next_event(src->sim);
	}
	*more = (e->flags & F1P_EVF_MORE) != 0;
	f1p_status status = src->bus->emit(src->host, e);
	return status == F1P_EINVAL ? F1P_OK : status; /* refused events are the host's to count */
}

static f1p_status poll(struct f1p_plugin *p, int64_t now_ns, uint32_t max_events, int64_t *next_due_ns)
{
	struct source *src = self(p);
	bool more = false;
	for (uint32_t n = 0;; n++) {
		f1p_status status = due(src, next_due_ns);
		if (status != F1P_OK) {
			return status;
		}
		if (!more && (now_ns == F1P_UNKNOWN_NS || *next_due_ns > now_ns || n >= max_events)) {
			return F1P_OK;
		}
		status = emit_next(src, &more);
		if (status != F1P_OK) {
			return status;
		}
	}
}

static const struct f1p_source source = {
	.size = sizeof(source),
	.flags = F1P_SOURCE_PACED | F1P_SOURCE_DETERMINISTIC | F1P_SOURCE_SIMULATED,
	.poll = poll,
};

static const void *get_extension(struct f1p_plugin *p, const char *id)
{
	(void)p;
	return strcmp(id, F1P_EXT_SOURCE) == 0 ? &source : NULL;
}

/* ------------------------------------------------------------ entry */

static const struct f1p_descriptor descriptor = {
	.size = sizeof(descriptor),
	.kinds = F1P_KIND_SOURCE,
	.id = "source_simulator",
	.version = "0.1.0",
	.license = "MIT",
	.description = "A seeded, physically sensible race emitted as the events of a real feed",
	.config = options,
	.config_count = sizeof(options) / sizeof(options[0]),
	.config_size = sizeof(struct config),
};

F1P_ONE_PLUGIN(descriptor, struct source, init, configure, start, stop, destroy, get_extension);
