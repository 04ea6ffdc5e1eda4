#include "backtest/moments.h"

#include "base/log.h"
#include "helpers/rng.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct moments_shared { /* seen by all processes */
	atomic_size_t next; /* moment that nobody has taken yet */
	atomic_int failures[MEMBERS_MAX];
	struct f1p_forecast made[MOMENTS_FORECAST_MAX][MEMBERS_MAX];
};

bool moments_init(struct moments *m, unsigned workers)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	*m = (struct moments){.workers = workers ? workers : cores > 0 ? (unsigned)cores : 1};
	if (m->workers > MOMENTS_WORKERS_MAX)
		m->workers = MOMENTS_WORKERS_MAX;
	void *shared = mmap(NULL, sizeof(*m->shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	m->shared = shared == MAP_FAILED ? NULL : shared;
	return m->shared != NULL;
}

void moments_finish(struct moments *m)
{
	for (size_t i = 0; i < m->capacity; i++)
		free(m->all[i].state);
	free(m->all);
	if (m->shared)
		munmap(m->shared, sizeof(*m->shared));
	*m = (struct moments){0};
}

void moments_cut(struct moments *m, size_t n)
{
	while (m->n > n)
		m->n_forecast -= m->all[--m->n].forecast;
}

static struct moment *grow(struct moments *m)
{
	if (m->n == m->capacity) {
		struct moment *grown = realloc(m->all, (m->capacity + 1) * sizeof(*grown));
		if (!grown)
			return NULL;
		m->all = grown;
		grown[m->capacity++] = (struct moment){.state = malloc(sizeof(struct f1p_state))};
	}
	return m->all[m->n].state ? &m->all[m->n++] : NULL;
}

bool moments_add(struct moments *m, const struct f1p_state *s, int phase, int32_t lap, bool forecast)
{
	struct moment *at = grow(m);

	if (!at)
		return false;
	memcpy(at->state, s, sizeof(*s));
	at->phase = phase;
	at->lap = lap;
	at->seen = PAST_BEFORE_RACE;
	at->forecast = forecast && m->n_forecast < MOMENTS_FORECAST_MAX;
	at->made = at->forecast ? m->shared->made[m->n_forecast++] : NULL;
	for (size_t i = 0; at->made && i < MEMBERS_MAX; i++)
		at->made[i].n_cars = 0;
	return true;
}

uint32_t moments_list(const struct moment *m, const struct members *members, struct f1p_member *list)
{
	uint32_t n = 0;

	for (size_t i = 0; m->made && i < members->n; i++)
		if (members->all[i] != members->ensemble && m->made[i].n_cars)
			list[n++] = (struct f1p_member){
				.size = sizeof(list[0]), .instance = members->all[i]->file->name, .forecast = &m->made[i]};
	return n;
}

static void forecast_one(struct moment *m, struct members *members, int32_t race_id)
{
	uint64_t seed = f1p_mix64((uint64_t)race_id << 16 ^ (uint64_t)m->lap ^ (uint64_t)m->phase << 48);
	struct f1p_member list[MEMBERS_MAX];
	size_t ensemble = members->n;

	members->view.moment = m->seen;
	for (size_t i = 0; i < members->n; i++) {
		struct instance *in = members->all[i];
		if (in == members->ensemble)
			ensemble = i;
		else if (in->predictor)
			members_predict(in, m->state, seed, &m->made[i]);
	}
	uint32_t n = moments_list(m, members, list);
	if (ensemble < members->n)
		members_combine(members->ensemble, m->state, seed, list, n, &m->made[ensemble]);
}

/* Takes moments until there is none left. */
static void take_part(struct moments *m, struct members *members, int32_t race_id)
{
	enum past_moment before = members->view.moment;

	for (size_t i; (i = atomic_fetch_add(&m->shared->next, 1)) < m->n;)
		if (m->all[i].forecast)
			forecast_one(&m->all[i], members, race_id);
	members->view.moment = before;
	for (size_t k = 0; k < members->n; k++)
		if (members->all[k]->failures > atomic_load(&m->shared->failures[k]))
			atomic_store(&m->shared->failures[k], members->all[k]->failures);
}

static bool wait_for(pid_t helper)
{
	int status = 0;

	while (waitpid(helper, &status, 0) < 0)
		if (errno != EINTR)
			return false;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return true;
	log_line(F1P_LOG_ERROR, "backtest", "a process that made forecasts ended with %s %d; --workers 1 shows where",
		WIFSIGNALED(status) ? "signal" : "code", WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	return false;
}

bool moments_forecast(struct moments *m, struct members *members, int32_t race_id, size_t *n)
{
	pid_t helpers[MOMENTS_WORKERS_MAX];
	size_t n_helpers = 0;
	bool ok = true;

	if (!m->n_forecast)
		return true;
	atomic_store(&m->shared->next, 0);
	while (n_helpers + 1 < m->workers && n_helpers + 1 < m->n_forecast) {
		pid_t pid = fork();
		if (pid == 0) {
			take_part(m, members, race_id);
			_exit(0);
		}
		if (pid < 0)
			break; /* then with fewer */
		helpers[n_helpers++] = pid;
	}
	take_part(m, members, race_id);
	for (size_t i = 0; i < n_helpers; i++)
		ok &= wait_for(helpers[i]);
	for (size_t k = 0; k < members->n; k++)
		members->all[k]->failures = atomic_load(&m->shared->failures[k]);
	for (size_t i = 0; i < m->n; i++)
		for (size_t k = 0; m->all[i].made && k < members->n; k++)
			*n += m->all[i].made[k].n_cars > 0;
	return ok;
}
