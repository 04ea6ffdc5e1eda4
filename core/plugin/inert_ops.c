/* inert_ops.c - a host without a daemon behind it; see inert_ops.h. */
#include "plugin/inert_ops.h"

static f1p_status emit(void *arg, uint32_t id, const struct f1p_event *event)
{
	(void)arg, (void)id, (void)event;
	return F1P_OK;
}

static const struct f1p_state *acquire(void *arg)
{
	(void)arg;
	return NULL;
}

static void release(void *arg, const struct f1p_state *state)
{
	(void)arg, (void)state;
}

static int64_t now_utc_ns(void *arg)
{
	(void)arg;
	return F1P_UNKNOWN_NS;
}

static bool yes(void *arg)
{
	(void)arg;
	return true;
}

static bool no(void *arg)
{
	(void)arg;
	return false;
}

static void health(void *arg, struct f1p_health *out)
{
	(void)arg;
	out->data_age_ms = F1P_UNKNOWN_NS;
	out->source_ended = out->paused = F1P_NO;
	out->simulated = F1P_TRI_UNKNOWN;
}

static f1p_status set_speed(void *arg, double speed)
{
	(void)arg, (void)speed;
	return F1P_EUNSUPPORTED;
}

static f1p_status set_paused(void *arg, bool paused)
{
	(void)arg, (void)paused;
	return F1P_EUNSUPPORTED;
}

static f1p_status seek(void *arg, int32_t lap, int64_t t_ns)
{
	(void)arg, (void)lap, (void)t_ns;
	return F1P_EUNSUPPORTED;
}

struct host_ops inert_ops(void (*log)(void *arg, int level, const char *instance, const char *line), void *arg)
{
	return (struct host_ops){.arg = arg,
		.emit = emit,
		.state_acquire = acquire,
		.state_release = release,
		.now_utc_ns = now_utc_ns,
		.is_loop = yes,
		.is_worker = no,
		.health = health,
		.set_speed = set_speed,
		.set_paused = set_paused,
		.seek = seek,
		.log = log};
}
