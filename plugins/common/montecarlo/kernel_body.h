/*
 * kernel_body.h - source of the Monte-Carlo kernel; included by kernel_base.c and kernel_avx2.c only.
 *
 * One run: draw each car's pace and strategy, then for every lap left: lap times (lanes, vectorised), stops and retirements
 * (rare, scalar), neutralisations, then the running order: a car that would be ahead passes with a chance that grows with
 * its pace advantage, or follows.
 */
#include "kernel.h"

#include <math.h>
#include <string.h>

#define MC_PASS_STEPS 32.0f /* of mc_field.pass, to a percent of a lap; its entry for cars that are equal */
#define MC_PASS_EQUAL 128.0f
#define MC_BITS(b) (b), (b) << 1, (b) << 2, (b) << 3, (b) << 4, (b) << 5, (b) << 6, (b) << 7

enum { MC_P_PACE = 1, MC_P_START, MC_P_START_DROP, MC_P_NEUTRAL, MC_P_STOP = 64 };

struct mc_work {
	_Alignas(32) float t[MC_LANES];    /* s behind an imagined car of mean pace */
	_Alignas(32) float pace[MC_LANES]; /* % of a lap, this run */
	_Alignas(32) float off[MC_LANES];
	_Alignas(32) float slope[MC_LANES];
	_Alignas(32) float age[MC_LANES];
	_Alignas(32) float det[MC_LANES];  /* what pace and tyres cost on this lap, in steps of mc_field.pass */
	_Alignas(32) uint32_t hash[MC_LANES];
	_Alignas(32) uint32_t dnf[MC_LANES];
	_Alignas(32) int32_t next_stop[MC_LANES]; /* lap at whose end the car stops */
	const uint16_t *end[MC_LANES];     /* when the stint in hand ends, by lap */
	int32_t done[MC_LANES];            /* stops done since the start */
	uint8_t rel[MC_LANES], tyre[MC_LANES];
	bool owes[MC_LANES];
	int32_t stop_at[MC_LANES];
	uint8_t fit[MC_LANES];
	uint16_t made[MC_LANES];           /* stops in the lane */
	uint16_t order[MC_LANES];
	uint16_t out[MC_LANES];            /* retired in this run, earliest first */
	uint32_t n_order, n_out;
	uint32_t pitted;                   /* bit per lane: stopped on this lap */
	uint32_t run_key, lap_key;
	uint32_t mode;
	int32_t mode_left, mode_since; /* laps */
	bool now_lasts; /* the neutralisation that the field began with */
	uint32_t out_this_lap;
};

static inline uint32_t mc_purpose(const struct mc_work *w, const struct mc_field *f, uint32_t lane, uint32_t purpose)
{
	return mc_mix32(f->key[lane] ^ mc_mix32(w->run_key + purpose * 0x9e3779b9u));
}

static inline float mc_normal(const struct mc_tables *tab, uint32_t hash)
{
	return tab->normal[hash >> 20];
}

/* Draws the lap at whose end the stint in hand ends, given that it has not by the end of lap laps_done. */
static void mc_plan_stop(struct mc_work *w, const struct mc_field *f, uint32_t i, int32_t laps_done, uint32_t draw)
{
	if (w->stop_at[i] == MC_NO_STOP || w->stop_at[i] > MC_AS_PLANNED) {
		w->next_stop[i] = w->stop_at[i] == MC_NO_STOP ? INT32_MAX : w->stop_at[i];
		return;
	}
	uint32_t from = laps_done >= f->first_lap ? (uint32_t)(laps_done - f->first_lap) + 1 : 0, n = f->n_laps;
	const uint16_t *end = w->end[i];
	if (from >= n) {
		w->next_stop[i] = INT32_MAX;
		return;
	}
	uint32_t past = from > 0 ? end[from - 1] : 0;
	uint32_t u = past + (uint32_t)(((uint64_t)draw * (MC_NEVER - past)) >> 32);
	uint32_t low = from;
	for (uint32_t left = n - from; left > 1; left -= left / 2) { /* without a branch: which way it goes is anybody's guess */
		low += end[low + left / 2 - 1] <= u ? left / 2 : 0;
	}
	low += end[low] <= u;
	w->next_stop[i] = low < n ? f->first_lap + (int32_t)low : INT32_MAX;
}

static void mc_fit_tyre(struct mc_work *w, const struct mc_field *f, uint32_t i, int32_t laps_done)
{
	uint32_t j = laps_done > f->first_lap ? (uint32_t)(laps_done - f->first_lap) : 0;
	uint32_t avoid = w->owes[i] ? w->tyre[i] : MC_TYRES - 1;
	j = j < MC_LAPS ? j : MC_LAPS - 1;
	w->done[i]++;
	w->off[i] = f->next_off[avoid][j];
	w->slope[i] = f->next_slope[avoid][j];
	w->tyre[i] = f->next_tyre[avoid][j];
	if (w->fit[i]) {
		w->tyre[i] = (uint8_t)(w->fit[i] - 1);
		w->off[i] = f->class_off[w->tyre[i]];
		w->slope[i] = f->class_slope[w->tyre[i]];
		w->fit[i] = 0;
	}
	w->stop_at[i] = w->stop_at[i] == MC_NO_STOP ? MC_NO_STOP : MC_AS_PLANNED;
	w->age[i] = 0.0f;
	w->owes[i] = false;
	w->rel[i] = (uint8_t)(w->rel[i] + (w->rel[i] + 1u < MC_RELS));
	w->end[i] = f->next_end[w->rel[i]][j];
	mc_plan_stop(w, f, i, laps_done, mc_purpose(w, f, i, MC_P_STOP + (uint32_t)w->done[i]));
}

/* The order after the first lap: the grid, shaken; a few cars lose many places. */
static void mc_start(struct mc_work *w, const struct mc_field *f, const struct mc_tables *tab)
{
	float place[MC_LANES];
	for (uint32_t i = 0; i < f->n; i++) {
		uint32_t drop = mc_purpose(w, f, i, MC_P_START_DROP);
		place[i] = f->slot[i] + f->start_spread * 1.5f * mc_normal(tab, mc_purpose(w, f, i, MC_P_START));
		if ((float)(drop >> 8) < 0.07f * f->start_spread * 16777216.0f) {
			place[i] += 8.0f * tab->exponential[drop & (MC_PIT - 1)];
		}
	}
	for (uint32_t p = 1; p < w->n_order; p++) {
		uint16_t lane = w->order[p];
		uint32_t q = p;
		for (; q > 0 && place[w->order[q - 1]] > place[lane]; q--) {
			w->order[q] = w->order[q - 1];
		}
		w->order[q] = lane;
	}
	for (uint32_t p = 0; p < w->n_order; p++) {
		w->t[w->order[p]] = 0.8f * (float)p;
	}
}

static int32_t mc_mode_length(uint32_t mode, uint32_t hash)
{
	return mode == MC_SC ? 3 + (int32_t)(hash >> 30) : 1 + (int32_t)(hash >> 31);
}

static void mc_begin_run(struct mc_work *w, const struct mc_field *f, const struct mc_tables *tab, uint32_t run)
{
	uint64_t key = (f->seed + run) * UINT64_C(0x9e3779b97f4a7c15);
	w->run_key = mc_mix32((uint32_t)(key >> 32) ^ (uint32_t)key);
	w->n_order = f->n;
	w->n_out = 0;
	w->out_this_lap = 0;
	memcpy(w->order, f->order, sizeof(w->order));
	memcpy(w->t, f->gap_s, sizeof(w->t));
	memcpy(w->off, f->off, sizeof(w->off));
	memcpy(w->slope, f->slope, sizeof(w->slope));
	memcpy(w->age, f->age, sizeof(w->age));
	memcpy(w->dnf, f->dnf_now, sizeof(w->dnf));
	memcpy(w->done, f->stops_done, sizeof(w->done));
	memcpy(w->rel, f->rel, sizeof(w->rel));
	memcpy(w->tyre, f->tyre, sizeof(w->tyre));
	memcpy(w->owes, f->owes, sizeof(w->owes));
	memcpy(w->stop_at, f->stop_at, sizeof(w->stop_at));
	memcpy(w->fit, f->fit, sizeof(w->fit));
	memset(w->made, 0, sizeof(w->made));
	for (uint32_t i = 0; i < f->n; i++) {
		w->pace[i] = f->pace[i] + f->pace_sd[i] * mc_normal(tab, mc_purpose(w, f, i, MC_P_PACE));
		w->end[i] = f->stint_end[i];
		mc_plan_stop(w, f, i, f->first_lap - 1, mc_purpose(w, f, i, MC_P_STOP + (uint32_t)w->done[i]));
	}
	for (uint32_t i = f->n; i < f->n_pad; i++) {
		w->pace[i] = 0.0f;
		w->next_stop[i] = INT32_MAX;
	}
	w->mode = f->mode;
	w->mode_since = f->mode_elapsed;
	w->mode_left = f->mode_left;
	w->now_lasts = w->mode != MC_GREEN;
	if (w->mode != MC_GREEN && w->mode_left < 0) {
		int32_t length = mc_mode_length(w->mode, mc_mix32(w->run_key + MC_P_NEUTRAL * 0x9e3779b9u)) - f->mode_elapsed;
		w->mode_left = length > 1 ? length : 1;
	}
	if (f->start) {
		mc_start(w, f, tab);
	}
}

/* While the others are slow a stop costs less: who uses it. A stop planned for now is drawn anew. */
static void mc_cheap_stops(struct mc_work *w, const struct mc_field *f, const struct mc_tables *tab, int32_t lap)
{
	uint32_t vsc = w->mode == MC_VSC, since = (uint32_t)w->mode_since < MC_SINCE ? (uint32_t)w->mode_since : MC_SINCE - 1;
	uint32_t k = (uint32_t)(lap - f->first_lap);
	if (k >= f->n_laps || lap >= f->total_laps) {
		return;
	}
	float common = f->neutral_since[vsc][since] + f->neutral_left[k];
	for (uint32_t p = 0; p < w->n_order; p++) {
		uint32_t i = w->order[p], age = (uint32_t)w->age[i], stint = age + (uint32_t)(f->total_laps - lap);
		if (!f->stops[i] || w->stop_at[i] == MC_NO_STOP || w->stop_at[i] == lap) {
			continue;
		}
		float z = common + f->neutral_age[vsc][age < MC_LAPS ? age : MC_LAPS - 1] +
			  f->neutral_stint[stint < 2 * MC_LAPS ? stint : 2 * MC_LAPS - 1] + (w->owes[i] ? f->neutral_owes[k] : 0.0f) +
			  f->neutral_place[p] + f->neutral_rel[w->rel[i]] + f->neutral_tyre[w->tyre[i]];
		uint32_t draw = mc_mix32(w->hash[i] ^ 0x51ed270bu);
		bool stays_out = w->stop_at[i] == MC_STAY_OUT || (w->now_lasts && w->stop_at[i] > MC_AS_PLANNED);
		if (tab->logit[draw >> 20] < z && !stays_out) {
			w->next_stop[i] = lap;
		} else if (w->next_stop[i] <= lap && w->end[i][k] != MC_NEVER) {
			mc_plan_stop(w, f, i, lap, mc_mix32(draw));
		}
	}
}

/* Red flag: the cars line up again and may change tyres for nothing. */
static void mc_red_flag(struct mc_work *w, const struct mc_field *f, int32_t laps_done)
{
	for (uint32_t p = 0; p < w->n_order; p++) {
		uint32_t i = w->order[p];
		w->t[i] = w->t[w->order[0]] + 0.6f * (float)p;
		if (f->stops[i]) {
			mc_fit_tyre(w, f, i, laps_done);
			w->rel[i] = (uint8_t)(w->rel[i] - (w->rel[i] > 0)); /* nobody gains on the others by it */
		} else {
			w->age[i] = 0.0f;
		}
	}
}

static void mc_neutralise(struct mc_work *w, const struct mc_field *f, int32_t lap)
{
	uint32_t h = mc_mix32(w->lap_key ^ 0x2545f491u), u = h >> 12;
	uint32_t sc = f->sc_chance, vsc = f->vsc_chance;
	for (uint32_t k = 0; k < w->out_this_lap; k++) { /* a car that stopped on the last lap often brings one out */
		sc += 272630u;  /* .26 */
		vsc += 146801u; /* .14 */
	}
	w->out_this_lap = 0;
	if (u < sc) {
		w->mode = MC_SC;
	} else if (u < sc + vsc) {
		w->mode = MC_VSC;
	} else {
		if (u < sc + vsc + f->red_chance) {
			mc_red_flag(w, f, lap - 1);
		}
		return;
	}
	w->mode_left = mc_mode_length(w->mode, mc_mix32(h)) - 1; /* this lap is the first */
	w->mode_since = 0;
}

static void mc_retire(struct mc_work *w, uint32_t lane)
{
	uint32_t p = 0;
	while (w->order[p] != lane) {
		p++;
	}
	for (; p + 1 < w->n_order; p++) {
		w->order[p] = w->order[p + 1];
	}
	w->n_order--;
	w->out[w->n_out++] = (uint16_t)lane;
	w->dnf[lane] = 0;
	w->next_stop[lane] = INT32_MAX;
	w->out_this_lap++;
}

/* Bit per lane: the car retires or stops on this lap. */
static inline uint32_t mc_due(const struct mc_work *w, const struct mc_field *f, int32_t lap)
{
	/* A table, for a shift by lane is no vector operation everywhere. */
	static const uint32_t bit[MC_LANES] = { MC_BITS(1u), MC_BITS(1u << 8), MC_BITS(1u << 16), MC_BITS(1u << 24) };
	const uint32_t n = f->n_pad & ~7u;
	uint32_t due = 0;
	for (uint32_t i = 0; i < n; i++) {
		due |= ((w->hash[i] >> 12) < w->dnf[i] || w->next_stop[i] <= lap) ? bit[i] : 0;
	}
	return due;
}

static void mc_events(struct mc_work *w, const struct mc_field *f, const struct mc_tables *tab, int32_t lap)
{
	for (uint32_t due = mc_due(w, f, lap); due; due &= due - 1) {
		uint32_t i = (uint32_t)__builtin_ctz(due);
		if ((w->hash[i] >> 12) < w->dnf[i]) {
			mc_retire(w, i);
			continue;
		}
		float share = w->mode == MC_GREEN ? 1.0f : w->mode == MC_SC ? tab->sc_factor : tab->vsc_factor;
		uint32_t h = mc_purpose(w, f, i, 2 * MC_P_STOP + (uint32_t)w->done[i]);
		w->t[i] += f->pit_loss_s * share + tab->pit[h & (MC_PIT - 1)];
		w->pitted |= 1u << i;
		w->made[i]++;
		mc_fit_tyre(w, f, i, lap);
	}
}

/* Whether car a holds back car b, which would be ahead of it by so much. */
static inline bool mc_holds(const struct mc_work *w, const struct mc_field *f, uint32_t a, uint32_t b, float by_s)
{
	if (((w->pitted >> a) & 1u) || by_s >= 2.5f) {
		return false;
	}
	float x = w->det[a] - w->det[b] + MC_PASS_EQUAL;
	x = x > 0.0f ? x : 0.0f;
	uint32_t at = x < 255.0f ? (uint32_t)x : 255u;
	return (mc_mix32(w->hash[b] + (w->hash[a] ^ 0x9e3779b9u)) >> 8) >= f->pass[at];
}

/* The car at place p, which is faster than the one ahead: passes what it can, or follows. t: by place, t[-1] ahead of all. */
static inline void mc_attack(struct mc_work *w, const struct mc_field *f, const struct mc_tables *tab, float *t, uint32_t p)
{
	uint16_t b = w->order[p], *order = w->order + p;
	float tb = t[p], behind = 1e30f, *at = t + p;
	do {
		uint16_t a = order[-1];
		float ta = at[-1];
		if (mc_holds(w, f, a, b, ta - tb)) {
			tb = ta + tab->follow_s < behind ? ta + tab->follow_s : behind;
			w->t[b] = tb;
			break;
		}
		*order-- = a;
		*at-- = behind = ta;
	} while (tb < at[-1]);
	*order = b;
	*at = tb;
}

/* Passes and trains, front to back. t of the cars ahead is final when a car is looked at. */
static void mc_order_green(struct mc_work *w, const struct mc_field *f, const struct mc_tables *tab)
{
	const uint32_t n = w->n_order;
	float room[MC_LANES + 2], *t = room + 1; /* by place, between one ahead of all and one behind all */
	/* Bit p: than the car at place p - 1. Bits, for a branch per place would be guessed wrong too often. */
	uint64_t faster = 0;
	room[0] = -INFINITY;
	for (uint32_t p = 0; p < n; p++) {
		t[p] = w->t[w->order[p]];
		faster |= (uint64_t)(t[p] < t[(int32_t)p - 1]) << p;
	}
	t[n] = INFINITY;
	while (faster) {
		uint32_t p = (uint32_t)__builtin_ctzll(faster);
		mc_attack(w, f, tab, t, p);
		uint64_t next = UINT64_C(2) << p; /* may have another car ahead now, or a later one */
		faster = (faster & (faster - 1) & ~next) | (t[p + 1] < t[p] ? next : 0);
	}
}

static void mc_order_plain(struct mc_work *w)
{
	for (uint32_t p = 1; p < w->n_order; p++) {
		uint16_t b = w->order[p];
		uint32_t q = p;
		for (; q > 0 && w->t[b] < w->t[w->order[q - 1]]; q--) {
			w->order[q] = w->order[q - 1];
		}
		w->order[q] = b;
	}
}

/* Behind the safety car large gaps melt. */
static void mc_bunch(struct mc_work *w, const struct mc_tables *tab)
{
	float before = w->n_order > 0 ? w->t[w->order[0]] : 0.0f, after = before;
	for (uint32_t p = 1; p < w->n_order; p++) {
		uint32_t i = w->order[p];
		float gap = w->t[i] - before;
		before = w->t[i];
		if (gap > tab->sc_gap_s) {
			gap = tab->sc_gap_s + tab->sc_keep * (gap - tab->sc_gap_s);
		}
		after += gap;
		w->t[i] = after;
	}
}

/* Lap times of all lanes. Returns whether some car stops or retires on this lap. */
static bool mc_lap_lanes(struct mc_work *restrict w, const struct mc_field *restrict f, const struct mc_tables *restrict tab,
			 int32_t lap)
{
	const uint32_t n = f->n_pad & ~7u;
	const uint32_t lap_key = w->lap_key;
	uint32_t some = 0;
	for (uint32_t i = 0; i < n; i++) {
		uint32_t h = mc_mix32(f->key[i] ^ lap_key);
		w->hash[i] = h;
		some |= (uint32_t)((h >> 12) < w->dnf[i]) | (uint32_t)(w->next_stop[i] <= lap);
	}
	if (w->mode == MC_GREEN) {
		const float scale = f->lap_s * 0.01f;
		for (uint32_t i = 0; i < n; i++) {
			float age = w->age[i] < 45.0f ? w->age[i] : 45.0f;
			float det = w->pace[i] + (w->off[i] + w->slope[i] * age);
			w->det[i] = MC_PASS_STEPS * det;
			w->t[i] += scale * (det + tab->noise[w->hash[i] & (MC_NOISE - 1)]);
			w->age[i] += 1.0f;
		}
	} else {
		for (uint32_t i = 0; i < n; i++) {
			w->age[i] += 1.0f;
		}
	}
	return some != 0;
}

static void mc_stay_out_no_more(struct mc_work *w, const struct mc_field *f)
{
	w->now_lasts = false;
	for (uint32_t i = 0; i < f->n; i++) {
		w->stop_at[i] = w->stop_at[i] == MC_STAY_OUT ? MC_AS_PLANNED : w->stop_at[i];
	}
}

static void mc_lap(struct mc_work *w, const struct mc_field *f, const struct mc_tables *tab, int32_t lap)
{
	w->lap_key = mc_mix32(w->run_key + (uint32_t)lap * 0x85ebca6bu);
	w->pitted = 0;
	if (w->mode != MC_GREEN && w->mode_left-- <= 0) {
		w->mode = MC_GREEN;
		mc_stay_out_no_more(w, f);
	}
	bool some = mc_lap_lanes(w, f, tab, lap);
	if (w->mode == MC_GREEN) {
		mc_neutralise(w, f, lap);
	}
	if (w->mode != MC_GREEN) {
		mc_cheap_stops(w, f, tab, lap);
		w->mode_since++;
		some = true;
	}
	if (some) {
		mc_events(w, f, tab, lap);
	}
	if (w->mode == MC_GREEN) {
		mc_order_green(w, f, tab);
	} else {
		mc_order_plain(w);
		if (w->mode == MC_SC) {
			mc_bunch(w, tab);
		}
	}
}

static void mc_count(struct mc_work *w, const struct mc_field *f, struct mc_counts *counts)
{
	for (uint32_t i = 0; i < f->n; i++) {
		w->t[i] += f->penalty_s[i];
		counts->stops[i] += w->made[i];
	}
	mc_order_plain(w);
	for (uint32_t p = 0; p < w->n_order; p++) {
		counts->place[w->order[p]][p]++;
	}
	for (uint32_t p = 1; p < w->n_order; p++) {
		float gap = w->t[w->order[p]] - w->t[w->order[0]];
		uint32_t class = gap < 32.0f ? (uint32_t)(gap * 4.0f) : 96u + (uint32_t)(gap < 1e6f ? gap : 1e6f);
		if (class < MC_GAPS) {
			counts->gap[w->order[p]][class]++;
		}
	}
	for (uint32_t k = 0; k < w->n_out; k++) { /* who retires later is classified before */
		counts->place[w->out[k]][f->n - 1 - k]++;
		counts->retired[w->out[k]]++;
	}
}

void MC_RUN_NAME(const struct mc_field *field, const struct mc_tables *tables, uint32_t first_run, uint32_t runs,
		 struct mc_counts *counts)
{
	struct mc_work w;
	memset(&w, 0, sizeof(w));
	for (uint32_t run = first_run; run < first_run + runs; run++) {
		mc_begin_run(&w, field, tables, run);
		for (int32_t lap = field->first_lap; lap <= field->total_laps; lap++) {
			if (lap == field->first_lap + field->hazard_laps) {
				memcpy(w.dnf, field->dnf, sizeof(w.dnf));
				for (uint32_t k = 0; k < w.n_out; k++) {
					w.dnf[w.out[k]] = 0;
				}
			}
			mc_lap(&w, field, tables, lap);
		}
		mc_count(&w, field, counts);
	}
}
