/*
 * sdk_bad_plugin.c - plugins with one fault each (-DFAULT=...), to show that f1p-check finds it. ID is the module's name.
 */
#include <f1pd/f1pd.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define NONE_SOURCE 1
#define NONE_PREDICTOR 2
#define NONE_SINK 3
#define EXTRA_SYMBOL 4
#define CRASH_INIT 5
#define LEAK_MEMORY 6
#define LEAK_FD 7
#define SLOW_STOP 8
#define LOOSE_ID 9
#define BAD_DEFAULT 10
#define SINK_OVERREAD 11
#define SINK_STRICT 12
#define SINK_GREEDY 13
#define PREDICTOR_SUM 14
#define PREDICTOR_MEMORY 15
#define PREDICTOR_STUBBORN 16
#define PREDICTOR_OVERWRITE 17
#define SOURCE_MORE 18
#define SOURCE_DRIFT 19
#define SOURCE_BAD_CAR 20
#define SOURCE_STUCK 21
#define SNAPSHOT_KEPT 22
#define EXIT_CALLED 23
#define PREDICTOR_GAPS 24

#if FAULT == NONE_PREDICTOR || (FAULT >= PREDICTOR_SUM && FAULT <= PREDICTOR_OVERWRITE) || FAULT == PREDICTOR_GAPS
#define KIND F1P_KIND_PREDICTOR
#elif FAULT == NONE_SOURCE || (FAULT >= SOURCE_MORE && FAULT <= SOURCE_STUCK)
#define KIND F1P_KIND_SOURCE
#else
#define KIND F1P_KIND_SINK
#endif

struct bad {
	struct f1p_plugin base;
	const struct f1p_host *host;
	const struct f1p_bus *bus;
	int64_t n;
};

struct config {
	int64_t level;
};

static const struct f1p_cfg_item options[] = {
	F1P_OPT(struct config, level, F1P_CFG_INT, 0, FAULT == BAD_DEFAULT ? "99" : "5", "1", "10", NULL, "A number"),
};

#if FAULT == EXTRA_SYMBOL
F1P_EXPORT int bad_extra_symbol;
#endif

static int instances; /* a fault by itself: state that instances share */

/* ---- source */

static f1p_status emit_one(struct bad *b, int64_t t_ns)
{
	struct f1p_ev_car_value ev = {
		.h = {.size = sizeof(ev),
			.type = F1P_EV_CAR_POSITION,
			.flags = FAULT == SOURCE_MORE ? F1P_EVF_MORE : 0,
			.t_event_ns = t_ns},
		.car = FAULT == SOURCE_BAD_CAR && b->n == 40 ? 1000 : 1,
		.value = FAULT == SOURCE_DRIFT ? instances : 1,
	};

	return b->bus->emit(b->host, &ev.h);
}

static f1p_status poll_events(struct f1p_plugin *plugin, int64_t now_ns, uint32_t max_events, int64_t *next_due_ns)
{
	struct bad *b = plugin->impl;
	const int64_t t0 = INT64_C(1748178000000000000);

	(void)max_events;
	if (now_ns != F1P_UNKNOWN_NS && FAULT != SOURCE_STUCK) {
		emit_one(b, t0 + b->n++ * 1000000);
	}
	*next_due_ns = t0 + (FAULT == SOURCE_STUCK ? -1 : b->n * 1000000);
	return F1P_OK;
}

/* ---- predictor */

static f1p_status predict(struct f1p_plugin *plugin, const struct f1p_state *state, uint64_t seed, bool (*cancel)(void *),
	void *cancel_arg, struct f1p_forecast *out)
{
	struct bad *b = plugin->impl;
	uint32_t n = state->n_cars;

	(void)seed;
	if (n == 0) {
		return F1P_EUNSUPPORTED;
	}
	b->n++;
	if (cancel(cancel_arg)) {
		if (FAULT == PREDICTOR_STUBBORN) {
			nanosleep(&(struct timespec){.tv_sec = 1, .tv_nsec = 500000000}, NULL);
		}
		return F1P_ECANCELLED;
	}
	for (uint32_t i = 0; i < n; i++) {
		struct f1p_car_forecast *car = &out->cars[i];

		car->car = state->cars[i].number;
		for (uint32_t k = 0; k < n; k++) {
			car->p_position[k] = (FAULT == PREDICTOR_SUM ? 0.9 : 1.0) / n;
			car->expected_position += car->p_position[k] * (k + 1);
			car->p_win += k < 1 ? car->p_position[k] : 0;
			car->p_podium += k < 3 ? car->p_position[k] : 0;
		}
		car->p_points = 1;
		car->q05 = car->q25 = car->q50 = 1;
		car->q75 = car->q95 = (uint8_t)n;
		car->gap_given = 1;
		car->gap_ms[F1P_GAP_Q75] = FAULT == PREDICTOR_GAPS ? F1P_UNKNOWN : 0; /* the one above it is known */
	}
	out->n_cars = n;
	out->mc_error = FAULT == PREDICTOR_MEMORY ? (double)b->n : 0;
	strcpy(out->model, "even");
	strcpy(out->version, "1");
	if (FAULT == PREDICTOR_OVERWRITE && out->size > sizeof(*out)) {
		memset((char *)(out + 1), 0, 8);
	}
	return F1P_OK;
}

/* ---- sink */

static f1p_status write_events(struct f1p_plugin *plugin, const struct f1p_event *first, uint32_t count, size_t bytes)
{
	static volatile uint16_t seen;
	static void *volatile lost; /* volatile: else the compiler leaves the whole malloc out */
	struct bad *b = plugin->impl;

	(void)count;
	if (FAULT == SINK_OVERREAD) { /* never looks at the size */
		seen = ((const struct f1p_ev_car_value *)(const void *)first)->car;
	}
	(void)seen;
	(void)lost;
	(void)bytes;
	if (FAULT == SINK_GREEDY) {
		lost = malloc(8 * bytes);
	}
	if (FAULT == SNAPSHOT_KEPT && b->bus) {
		b->bus->state_acquire(b->host);
	}
	if (FAULT == SINK_STRICT && first->space != F1P_SPACE_CORE) {
		return b->host->fail(b->host, F1P_EINVAL, "unknown space");
	}
	return F1P_OK;
}

/* ---- life */

static f1p_status plugin_init(struct f1p_plugin *plugin)
{
	struct bad *b = plugin->impl;

	b->bus = b->host->get_extension(b->host, F1P_EXT_BUS);
	if (FAULT == CRASH_INIT) {
		abort();
	}
	if (FAULT == EXIT_CALLED) {
		_exit(0);
	}
	if (KIND == F1P_KIND_SOURCE && !b->bus) {
		return b->host->fail(b->host, F1P_EUNSUPPORTED, "no bus");
	}
	return F1P_OK;
}

static f1p_status plugin_configure(struct f1p_plugin *plugin, const void *config)
{
	(void)plugin;
	(void)config;
	return F1P_OK;
}

static f1p_status plugin_start(struct f1p_plugin *plugin)
{
	static void *volatile lost;
	struct bad *b = plugin->impl;

	b->n = 0;
	if (FAULT == LEAK_MEMORY) {
		lost = malloc(1000);
	}
	(void)lost;
	if (FAULT == LEAK_FD && open("/dev/null", O_RDONLY) < 0) {
		return F1P_EIO;
	}
	return F1P_OK;
}

static void plugin_stop(struct f1p_plugin *plugin)
{
	(void)plugin;
	if (FAULT == SLOW_STOP) {
		nanosleep(&(struct timespec){.tv_sec = 2, .tv_nsec = 200000000}, NULL);
	}
}

static void plugin_destroy(struct f1p_plugin *plugin)
{
	free(plugin->impl);
}

static const void *plugin_extension(struct f1p_plugin *plugin, const char *id)
{
	static const struct f1p_source source = {sizeof(source), F1P_SOURCE_PACED | F1P_SOURCE_DETERMINISTIC, poll_events};
	static const struct f1p_predictor predictor = {sizeof(predictor), 0, predict};
	static const struct f1p_sink sink = {sizeof(sink), 0, write_events, NULL};
	const char *own = KIND == F1P_KIND_SOURCE ? F1P_EXT_SOURCE : KIND == F1P_KIND_SINK ? F1P_EXT_SINK : F1P_EXT_PREDICTOR;

	(void)plugin;
	if (FAULT == LOOSE_ID ? strncmp(id, own, strlen(own)) != 0 : strcmp(id, own) != 0) {
		return NULL;
	}
	return KIND == F1P_KIND_SOURCE ? (const void *)&source
	       : KIND == F1P_KIND_SINK ? (const void *)&sink
				       : (const void *)&predictor;
}

static const struct f1p_descriptor *descriptor(uint32_t index)
{
	static const struct f1p_descriptor d = {.size = sizeof(d),
		.kinds = KIND,
		.id = ID,
		.version = "1",
		.license = "MIT",
		.description = "A plugin with a fault",
		.config = options,
		.config_count = 1,
		.config_size = sizeof(struct config)};

	return index == 0 ? &d : NULL;
}

static struct f1p_plugin *create(const struct f1p_host *host, const char *id)
{
	struct bad *b;

	if (strcmp(id, ID) != 0 || !(b = calloc(1, sizeof(*b)))) {
		return NULL;
	}
	instances++;
	b->host = host;
	b->base = (struct f1p_plugin){.size = sizeof(b->base),
		.impl = b,
		.init = plugin_init,
		.configure = plugin_configure,
		.start = plugin_start,
		.stop = plugin_stop,
		.destroy = plugin_destroy,
		.get_extension = plugin_extension};
	return &b->base;
}

F1P_PLUGIN_ENTRY(descriptor, create, 1);
