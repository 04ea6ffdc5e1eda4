#include "loop/loop_watch.h"

/* Runs right before the loop goes to sleep, if it does. */
static void on_prepare(uv_prepare_t *handle)
{
	struct loop_watch *w = handle->data;
	uint64_t now_ns = uv_hrtime();
	uint64_t idle_ns = uv_metrics_idle_time(handle->loop);

	if (w->last_ns)
		w->metrics->put(w->metric, (double)(now_ns - w->last_ns - (idle_ns - w->last_idle_ns)) / 1e9);
	w->last_ns = now_ns;
	w->last_idle_ns = idle_ns;
}

void loop_watch_start(struct loop_watch *w, uv_loop_t *loop, const struct f1p_metrics *metrics, const struct f1p_host *core)
{
	*w = (struct loop_watch){.metrics = metrics};
	w->metric = metrics->get(core, F1P_METRIC_HISTOGRAM, "f1pd_loop_block_seconds",
		"Work of the loop between two looks at the outside world.", NULL, NULL);
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
