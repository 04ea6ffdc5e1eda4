/*
 * encode_live.c - JSON of what live sources and the arbitration between them tell: links, gaps, revisions, weather forecasts.
 */
#include "helpers/encode_live.h"

#include "helpers/encode_keys.h"

void f1p_encode_outlook_steps(struct f1p_json *j, const struct f1p_outlook_step *steps, uint32_t n)
{
	f1p_json_array(j);
	for (uint32_t i = 0; i < n && i < F1P_OUTLOOK_STEPS; i++) {
		const struct f1p_outlook_step *s = &steps[i];

		f1p_json_object(j);
		key_time(j, "end", s->t_ns);
		key_int(j, "length_s", s->step_s);
		if (s->mask & F1P_OUTLOOK_RAIN_PROBABILITY) {
			key_int(j, "rain_probability_pct", s->rain_probability_pct);
		}
		if (s->mask & F1P_OUTLOOK_RAIN) {
			f1p_json_key(j, "rain_mm");
			f1p_json_num(j, s->rain_um / 1000.0, 2);
		}
		if (s->mask & F1P_OUTLOOK_AIR) {
			key_tenths(j, "air_temp_c", s->air_temp_dc);
		}
		if (s->mask & F1P_OUTLOOK_WIND) {
			key_tenths(j, "wind_speed_mps", s->wind_speed_dms);
			key_int(j, "wind_dir_deg", s->wind_dir_deg);
		}
		if (s->mask & F1P_OUTLOOK_CLOUD) {
			key_int(j, "cloud_pct", s->cloud_pct);
		}
		f1p_json_end(j);
	}
	f1p_json_end(j);
}

/* Names of enum f1p_race_prior and f1p_car_prior. */
static const char *const race_priors[F1P_RACE_PRIORS] = {"pit_loss_ms", "pit_loss_sd_ms", "overtaking_e3", "stops_e3", "sc_rate_e6",
	"vsc_rate_e6", "red_rate_e6", "retirement_rate_e6", "era_races", "visits", "street", "laps", "season_races"};
static const char *const car_priors[F1P_CAR_PRIORS] = {"race_pace_e5", "race_pace_sd_e5", "race_rating_e5", "race_rating_sd_e5",
	"qualifying_pace_e5", "qualifying_pace_sd_e5", "qualifying_rating_e5", "qualifying_rating_sd_e5", "qualifying_gap_e5",
	"practice_gap_e5", "sprint_gap_e5", "driver_form_e3", "team_form_e3", "start_gain_e3", "retirement_e6", "races", "team",
	"grid_penalty", "qualifying_wet"};

void encode_prior(struct f1p_json *j, const struct f1p_ev_prior *e)
{
	const char *const *names = e->car ? car_priors : race_priors;
	uint32_t known = e->car ? F1P_CAR_PRIORS : F1P_RACE_PRIORS;

	key_ref(j, "car", e->car);
	for (uint32_t i = 0; i < e->n && i < known; i++) {
		key_int(j, names[i], e->value[i]);
	}
}

static void encode_stage(struct f1p_json *j, const char *name, const struct f1p_member_score *s, enum f1p_score_stage stage)
{
	f1p_json_key(j, name);
	f1p_json_object(j);
	key_count(j, "races", s->races[stage]);
	key_int(j, "win_excess_e6", s->excess_e6[stage][F1P_SCORE_WIN]);
	key_int(j, "podium_excess_e6", s->excess_e6[stage][F1P_SCORE_PODIUM]);
	key_int(j, "points_excess_e6", s->excess_e6[stage][F1P_SCORE_POINTS]);
	f1p_json_end(j);
}

void encode_member_scores(struct f1p_json *j, const struct f1p_ev_member_scores *e)
{
	f1p_json_key(j, "scores");
	f1p_json_array(j);
	for (uint32_t i = 0; i < e->n && i < F1P_MEMBER_SCORES; i++) {
		f1p_json_object(j);
		KEY_TEXT(j, "name", e->scores[i].name);
		encode_stage(j, "start", &e->scores[i], F1P_SCORE_START);
		encode_stage(j, "race", &e->scores[i], F1P_SCORE_RACE);
		f1p_json_end(j);
	}
	f1p_json_end(j);
}

void encode_outlook(struct f1p_json *j, const struct f1p_ev_outlook *e)
{
	KEY_TEXT(j, "provider", e->provider);
	f1p_json_key(j, "steps");
	f1p_encode_outlook_steps(j, e->steps, e->n_steps);
}

void encode_link(struct f1p_json *j, const struct f1p_ev_link *e)
{
	if (e->h.size >= sizeof(*e)) { /* journals of older days have no name */
		KEY_TEXT(j, "source", e->source);
	}
	key_name(j, "condition", f1p_link_name((int)(e->condition & 0xffu)));
	f1p_json_key(j, "kinds");
	f1p_json_array(j);
	for (int kind = 1; kind < F1P_DATA_KINDS; kind++) {
		if (e->kinds >> kind & 1u) {
			f1p_json_str(j, f1p_data_kind_name(kind));
		}
	}
	f1p_json_end(j);
	KEY_TEXT(j, "text", e->text);
}

void encode_lap_record(struct f1p_json *j, const struct f1p_ev_lap_record *e)
{
	key_count(j, "car", e->car);
	key_int(j, "lap", e->lap);
	if (e->mask & F1P_RECORD_TIME) {
		key_int(j, "time_ms", e->time_ms);
	}
	if (e->mask & F1P_RECORD_SECTORS) {
		f1p_json_key(j, "sectors_ms");
		f1p_json_array(j);
		for (int i = 0; i < 3; i++) {
			f1p_encode_int(j, e->sector_ms[i]);
		}
		f1p_json_end(j);
	}
	if (e->mask & F1P_RECORD_OUT_LAP) {
		key_tri(j, "out_lap", e->out_lap);
	}
	if (e->mask & F1P_RECORD_START) {
		key_time(j, "lap_start", e->t_lap_start_ns);
	}
}

void encode_source_choice(struct f1p_json *j, const struct f1p_ev_source_choice *e)
{
	key_name(j, "kind", f1p_data_kind_name((int)(e->kind & 0xffu)));
	KEY_TEXT(j, "from", e->from);
	KEY_TEXT(j, "to", e->to);
	KEY_TEXT(j, "reason", e->reason);
}

void encode_gap(struct f1p_json *j, const struct f1p_ev_gap *e)
{
	key_count(j, "id", e->id);
	key_name(j, "kind", f1p_data_kind_name((int)(e->kind & 0xffu)));
	KEY_TEXT(j, "source", e->source);
	key_time(j, "from", e->t_from_ns);
	key_time(j, "to", e->t_to_ns);
	key_name(j, "how", f1p_gap_how_name(e->how));
	key_ref(j, "filled_by", e->filled_by);
	key_ref(j, "car", e->car);
	key_int(j, "first_lap", e->first_lap);
	key_int(j, "last_lap", e->last_lap);
	KEY_TEXT(j, "text", e->text);
}

void encode_revision(struct f1p_json *j, const struct f1p_ev_revision *e)
{
	key_name(j, "field", f1p_revised_name((int)(e->field & 0xffu)));
	key_count(j, "car", e->car);
	key_int(j, "lap", e->lap);
	key_int(j, "old", e->old_value);
	key_int(j, "new", e->new_value);
	key_ref(j, "by_source", e->source_id);
	KEY_TEXT(j, "reason", e->reason);
}
