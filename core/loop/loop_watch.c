#include "loop/loop_watch.h"

#include <time.h>

static int64_t cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (int64_t)ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

/* Runs right before the loop goes to sleep, if it does. */
static void on_prepare(uv_prepare_t *handle)
{
	struct loop_watch *w = handle->data;
	int64_t now = (int64_t)uv_hrtime(), idle = (int64_t)uv_metrics_idle_time(handle->loop), cpu = cpu_ns();

	if (w->last_ns) {
		w->metrics->put(w->block, (double)(now - w->last_ns - (idle - w->last_idle_ns)) / 1e9);
		w->metrics->put(w->cpu, (double)(cpu - w->last_cpu_ns) / 1e9);
	}
	w->last_ns = now;
	w->last_idle_ns = idle;
	w->last_cpu_ns = cpu;
}

void loop_watch_start(struct loop_watch *w, uv_loop_t *loop, const struct f1p_metrics *metrics, const struct f1p_host *core)
{
	*w = (struct loop_watch){.metrics = metrics};
	w->block = metrics->get(core, F1P_METRIC_HISTOGRAM, "f1pd_loop_block_seconds",
		"Real time of the loop between two looks at the outside world.", NULL, NULL);
	w->cpu = metrics->get(core, F1P_METRIC_HISTOGRAM, "f1pd_loop_cpu_seconds",
		"Processor time of the loop between two looks at the outside world.", NULL, NULL);
	uv_loop_configure(loop, UV_METRICS_IDLE_TIME);
	uv_prepare_init(loop, &w->handle);
	w->handle.data = w;
	uv_prepare_start(&w->handle, on_prepare);
	uv_unref((uv_handle_t *)&w->handle);
}

void loop_watch_close(struct loop_watch *w)
{
	if (w->handle.data)
		uv_close((uv_handle_t *)&w->handle, NULL);
}
