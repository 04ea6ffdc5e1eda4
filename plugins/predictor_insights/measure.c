#include "measure.h"

#define SEEN_S 4.0 /* behind: the pit entry comes before the line */
#define NOISE_PER_LAP 0.45 /* s: difference of two cars' green laps, from lap to lap */

static double pace_or(const struct f1p_car *car, int32_t lap, double otherwise)
{
	double s = field_pace_s(car, lap);

	return s > 0 ? s : otherwise;
}

struct rival {
	double pace_gain_s; /* a lap */
	bool in_lane;       /* at the end of the field's lap */
	bool seen;          /* crossed before the car, or so close behind that its pit entry is seen */
};

static struct rival rival_of(const struct f1p_state *s, const struct field *f, uint32_t place, uint32_t k)
{
	const struct f1p_car *car = &s->cars[f->car[place]], *other = &s->cars[f->car[k]];
	double own = field_pace_s(car, f->lap), pace = own > 0 ? pace_or(other, f->lap, own) : 0;

	return (struct rival){.pace_gain_s = own > 0 ? 0.5 * field_clip(own - pace, -1, 1) : 0,
		.in_lane = field_lap(other, f->lap)->flags & F1P_LAPF_IN,
		.seen = k < place || f->end_s[k] - f->end_s[place] <= SEEN_S};
}

void rejoin_case_before(struct rejoin_case *c, const struct f1p_state *s, const struct field *f, uint32_t place,
			const struct pit_loss *loss, const double p_stop[F1P_MAX_CARS])
{
	*c = (struct rejoin_case){.loss_s = loss->total_s, .loss_sd_s = loss->sd_s, .rival_loss_s = loss->total_s,
		.noise_s = NOISE_PER_LAP * 1.41};
	for (uint32_t k = 0; k < f->n; k++) {
		struct rival r = rival_of(s, f, place, k);
		double still = r.in_lane ? loss->after_s : 0; /* one in the lane now has most of its loss before it */
		if (k != place) {
			c->rivals[c->n++] = (struct rejoin_rival){.ahead_s = f->end_s[place] - f->end_s[k],
				.gain_s = 2 * r.pace_gain_s - still,
				.p_stop = r.in_lane ? 0 : 1 - (1 - p_stop[k]) * (1 - p_stop[k])};
		}
	}
}

void rejoin_case_at_line(struct rejoin_case *c, const struct f1p_state *s, const struct field *f, uint32_t place,
			 const struct pit_loss *loss, const double p_stop[F1P_MAX_CARS])
{
	double after = loss->after_s, before = loss->total_s - loss->after_s;

	*c = (struct rejoin_case){.loss_s = after, .loss_sd_s = loss->sd_s, .rival_loss_s = before, .noise_s = NOISE_PER_LAP};
	for (uint32_t k = 0; k < f->n; k++) {
		struct rival r = rival_of(s, f, place, k);
		bool in_lane = r.in_lane && r.seen;
		if (k != place) {
			c->rivals[c->n++] = (struct rejoin_rival){.ahead_s = f->end_s[place] - f->end_s[k],
				.gain_s = r.pace_gain_s - (in_lane ? after : 0), .p_stop = in_lane ? 0 : p_stop[k]};
		}
	}
}

static uint32_t median_of(const double *p, uint32_t n)
{
	double sum = 0;
	uint32_t k = 0;

	for (; k < n; k++) {
		sum += p[k];
		if (sum >= 0.5) {
			break;
		}
	}
	return k;
}

static void judge(const struct rejoin_case *c, uint32_t real, uint32_t *within, double *error)
{
	double p[F1P_MAX_CARS + 1];

	rejoin_distribution(c, p);
	uint32_t told = median_of(p, c->n), off = told > real ? told - real : real - told;
	*within += off <= 1;
	*error += off;
}

static bool dry_green(const struct f1p_car *car, int32_t in_lap)
{
	for (int32_t k = in_lap - 1; k <= in_lap + 1; k++) {
		const struct f1p_lap *l = field_lap(car, k);
		if (!l || l->flags & F1P_LAPF_NEUTRAL || field_is_wet_tyre(l->compound)) {
			return false;
		}
	}
	const struct f1p_lap *in = field_lap(car, in_lap), *out = field_lap(car, in_lap + 1), *before = field_lap(car, in_lap - 1);
	double pace = field_pace_s(car, in_lap - 1) * 1000.0;

	return in->flags & F1P_LAPF_IN && out->flags & F1P_LAPF_OUT && !(before->flags & (F1P_LAPF_IN)) &&
	       in->time_ms + out->time_ms - 2 * pace < 70000;
}

static void measure_lap(struct rejoin_score *score, const struct f1p_state *s, const struct stop_hazard *h, int32_t in_lap)
{
	struct field before, line, after;
	struct pit_loss loss_before, loss_line;
	double p_before[F1P_MAX_CARS], p_line[F1P_MAX_CARS];
	bool ready = false;

	field_at(&line, s, in_lap);
	for (uint32_t place = 0; place < line.n; place++) {
		uint32_t car = line.car[place];
		if (!dry_green(&s->cars[car], in_lap)) {
			continue;
		}
		if (!ready) {
			field_at(&before, s, in_lap - 1);
			field_at(&after, s, in_lap + 1);
			pit_loss_at(&loss_before, s, in_lap - 1);
			pit_loss_at(&loss_line, s, in_lap);
			stop_chances(h, s, &before, F1P_TRACK_CLEAR, F1P_TRACK_CLEAR, loss_before.total_s, p_before);
			stop_chances(h, s, &line, F1P_TRACK_CLEAR, F1P_TRACK_CLEAR, loss_line.total_s, p_line);
			ready = true;
		}
		uint32_t place_before = field_place(&before, car), real = field_place(&after, car);
		struct rejoin_case c;
		rejoin_case_before(&c, s, &before, place_before, &loss_before, p_before);
		judge(&c, real, &score->before_within_1, &score->before_error);
		rejoin_case_at_line(&c, s, &line, place, &loss_line, p_line);
		judge(&c, real, &score->line_within_1, &score->line_error);
		score->stops++;
	}
}

void rejoin_measure(struct rejoin_score *score, const struct f1p_state *s, const struct stop_hazard *h)
{
	for (int32_t lap = 3; lap + 1 < (int32_t)F1P_MAX_LAPS && lap < s->total_laps; lap++) {
		measure_lap(score, s, h, lap);
	}
}
