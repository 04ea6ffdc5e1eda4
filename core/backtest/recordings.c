#include "backtest/recordings.h"

#include "base/log.h"
#include "daemon/command_config.h"
#include "plugin/instance.h"
#include "race/ingest.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define WHO "recordings"
#define DEPTH_MAX 4
#define FOLDERS_MAX 4096
#define POLL_EVENTS 4096
#define AHEAD_NS INT64_C(60000000000) /* of the recording's time that one poll may cover */
#define SAME_NS INT64_C(129600000000000) /* a race that was moved by a day and a half is still the same */
#define WEEKEND_NS INT64_C(216000000000000) /* qualifying may be so long before the race */
#define SESSION_WITHIN 5000           /* events: who has not said by then which session it is, does not know */
#define STUCK_POLLS 1000              /* without an event, at the same time */

struct recording {
	char *path;
	int64_t t_start_ns;
	uint8_t type; /* F1P_SESSION_RACE or _QUALIFYING */
};
struct recordings {
	struct services *services;
	const char *plugin_dir;
	struct recording *all;
	size_t n;
	/* while one plays */
	struct ingest *gate;
	bool (*fn)(void *arg, const struct f1p_event *);
	void *arg;
	uint64_t seq;
	int64_t now_ns;
	bool stopped;
	union {
		struct f1p_event event;
		uint64_t words[F1P_EVENT_MAX / 8];
	} copy;
};

/* ---- the host of the plugin that plays ---- */

static f1p_status on_emit(void *arg, uint32_t instance_id, const struct f1p_event *ev)
{
	struct recordings *r = arg;
	const char *why = "";

	if (r->stopped || !r->fn || ev->size > sizeof(r->copy))
		return F1P_OK;
	memcpy(&r->copy, ev, ev->size);
	r->copy.event.source_id = instance_id;
	r->copy.event.source_seq = r->seq + 1;
	r->copy.event.t_recv_ns = r->now_ns;
	r->seq++;
	if (ingest_check(r->gate, &r->copy.event, &why) != INGEST_OK)
		return F1P_EINVAL;
	r->copy.event.seq = r->seq;
	r->stopped = !r->fn(r->arg, &r->copy.event);
	return F1P_OK;
}

static int64_t on_now(void *arg)
{
	return ((struct recordings *)arg)->now_ns;
}

static bool always(void *arg)
{
	(void)arg;
	return true;
}

static bool never(void *arg)
{
	(void)arg;
	return false;
}

/* What a folder that is no recording has to say about it interests nobody. */
static void on_log(void *arg, int level, const char *instance, const char *line)
{
	(void)arg, (void)level, (void)instance, (void)line;
}

/* ---- playing ---- */

static struct instance *open_player(struct recordings *r, const char *path, char *why, size_t why_size)
{
	struct config_errors errors = {0};
	struct config *c = command_config_load(NULL);
	struct config_file *f = c ? command_config_add(c, "source-replay", "source_replay") : NULL;
	struct instance *in = NULL;

	if (f && command_config_option(f, "path", 4, path) && command_config_option(f, "start", 5, "beginning"))
		in = instance_create(r->services, f, ".", r->plugin_dir, 1, &errors);
	if (in && instance_start(in, 0) != F1P_OK) {
		snprintf(why, why_size, "%s", in->reason);
		instance_destroy(in);
		in = NULL;
	} else if (!in) {
		snprintf(why, why_size, "the plugin source_replay cannot be loaded");
	}
	config_free(c);
	return in;
}

static f1p_status poll_all(struct recordings *r, struct instance *in)
{
	int64_t due_ns = F1P_UNKNOWN_NS;
	uint64_t before = 0;
	int idle = 0;

	r->now_ns = F1P_UNKNOWN_NS;
	f1p_status status = in->source->poll(in->plugin, r->now_ns, POLL_EVENTS, &due_ns);
	while (status == F1P_OK && !r->stopped && idle < STUCK_POLLS) {
		if (due_ns > r->now_ns)
			r->now_ns = due_ns < INT64_MAX - AHEAD_NS ? due_ns + AHEAD_NS : due_ns;
		status = in->source->poll(in->plugin, r->now_ns, POLL_EVENTS, &due_ns);
		idle = r->seq == before ? idle + 1 : 0;
		before = r->seq;
	}
	return status == F1P_END ? F1P_OK : status;
}

static bool play(struct recordings *r, const char *path, bool (*fn)(void *, const struct f1p_event *), void *arg, char *why, size_t size)
{
	struct instance *in = open_player(r, path, why, size);

	r->gate = in ? ingest_create() : NULL;
	r->fn = fn;
	r->arg = arg;
	r->seq = 0;
	r->stopped = false;
	bool ok = false;
	if (r->gate) {
		f1p_status status = poll_all(r, in);
		ok = status == F1P_OK;
		if (!ok)
			services_take_reason(in->host, why, size);
	}
	r->fn = NULL;
	instance_destroy(in);
	ingest_destroy(r->gate);
	r->gate = NULL;
	return ok;
}

bool recordings_play(struct recordings *r, const char *path, bool (*fn)(void *arg, const struct f1p_event *), void *arg)
{
	char why[160] = "";

	if (play(r, path, fn, arg, why, sizeof(why)))
		return true;
	log_line(F1P_LOG_WARN, WHO, "%s: %s", path, why);
	return false;
}

/* ---- what is there ---- */

struct asking {
	uint8_t type;
	int64_t t_start_ns;
	uint64_t events;
};

static bool ask(void *arg, const struct f1p_event *ev)
{
	struct asking *a = arg;

	if (ev->space == F1P_SPACE_CORE && ev->type == F1P_EV_SESSION) {
		const struct f1p_ev_session *s = (const void *)ev;
		if (s->type == F1P_SESSION_RACE || s->type == F1P_SESSION_QUALIFYING) {
			a->type = s->type;
			a->t_start_ns = s->t_start_ns;
		}
		if (s->t_start_ns != F1P_UNKNOWN_NS)
			return false;
	}
	return ++a->events < SESSION_WITHIN;
}

static bool keep(struct recordings *r, const char *path, const struct asking *a)
{
	struct recording *grown = realloc(r->all, (r->n + 1) * sizeof(*grown));

	if (!grown)
		return false;
	r->all = grown;
	grown[r->n] = (struct recording){.path = strdup(path), .t_start_ns = a->t_start_ns, .type = a->type};
	return grown[r->n].path && ++r->n;
}

static bool look_at(struct recordings *r, const char *path)
{
	struct asking a = {.t_start_ns = F1P_UNKNOWN_NS};
	char why[160];

	play(r, path, ask, &a, why, sizeof(why));
	return a.t_start_ns == F1P_UNKNOWN_NS || keep(r, path, &a);
}

/* In order of their names, so that the same one of two is taken every time. False when memory is short. */
static bool scan(struct recordings *r, const char *path, int depth)
{
	struct dirent **entries = NULL;
	int n = scandir(path, &entries, NULL, alphasort);
	bool files = false, ok = true;

	for (int i = 0; i < n; i++) {
		char below[PATH_MAX];
		struct stat st;
		if (ok && entries[i]->d_name[0] != '.' && r->n < FOLDERS_MAX &&
			snprintf(below, sizeof(below), "%s/%s", path, entries[i]->d_name) < (int)sizeof(below) && stat(below, &st) == 0) {
			files |= S_ISREG(st.st_mode);
			if (S_ISDIR(st.st_mode) && depth < DEPTH_MAX)
				ok = scan(r, below, depth + 1);
		}
		free(entries[i]);
	}
	free(entries);
	return ok && (!files || look_at(r, path));
}

struct recordings *recordings_open(const char *dir, const char *plugin_dir, char *err, size_t err_size)
{
	struct recordings *r = calloc(1, sizeof(*r));
	struct host_ops ops = {
		.arg = r, .emit = on_emit, .now_utc_ns = on_now, .is_loop = always, .is_worker = never, .log = on_log};
	char plugin[PATH_MAX];
	struct stat st;

	snprintf(err, err_size, "out of memory");
	if (!r)
		return NULL;
	r->plugin_dir = plugin_dir;
	r->services = services_create(&ops);
	if (stat(dir, &st) != 0 || !S_ISDIR(st.st_mode)) {
		snprintf(err, err_size, "%s: no such folder of recordings", dir);
	} else if (!module_path(plugin_dir, "source_replay", plugin, sizeof(plugin))) {
		snprintf(err, err_size, "%s does not exist: recordings cannot be played", plugin);
	} else if (r->services && scan(r, dir, 1)) {
		return r;
	}
	recordings_close(r);
	return NULL;
}

void recordings_close(struct recordings *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->n; i++)
		free(r->all[i].path);
	free(r->all);
	services_destroy(r->services);
	free(r);
}

size_t recordings_count(const struct recordings *r)
{
	size_t n = 0;

	for (size_t i = 0; i < r->n; i++)
		n += r->all[i].type == F1P_SESSION_RACE;
	return n;
}

const char *recordings_find(const struct recordings *r, const struct f1p_hist_race *race)
{
	const struct recording *best = NULL;
	int64_t best_ns = SAME_NS;

	for (size_t i = 0; race->t_start_ns != F1P_UNKNOWN_NS && i < r->n; i++) {
		int64_t off_ns = r->all[i].t_start_ns - race->t_start_ns;
		off_ns = off_ns < 0 ? -off_ns : off_ns;
		if (r->all[i].type == F1P_SESSION_RACE && off_ns < best_ns) {
			best = &r->all[i];
			best_ns = off_ns;
		}
	}
	return best ? best->path : NULL;
}

const char *recordings_find_qualifying(const struct recordings *r, const struct f1p_hist_race *race)
{
	const struct recording *best = NULL;

	for (size_t i = 0; race->t_start_ns != F1P_UNKNOWN_NS && i < r->n; i++) {
		int64_t before_ns = race->t_start_ns - r->all[i].t_start_ns;
		bool fits = r->all[i].type == F1P_SESSION_QUALIFYING && before_ns > 0 && before_ns < WEEKEND_NS;
		if (fits && (!best || r->all[i].t_start_ns > best->t_start_ns))
			best = &r->all[i];
	}
	return best ? best->path : NULL;
}
