/*
 * synth_event.c - an endless, valid stream of events that holds every kind, those of the host included.
 */
#include "check.h"

#include <string.h>

#define START_NS INT64_C(1748178000000000000)
#define CARS 20u

static const struct {
	uint16_t type;
	uint32_t size;
} kinds[SYNTH_KINDS] = {
	{F1P_EV_SESSION, sizeof(struct f1p_ev_session)},
	{F1P_EV_SESSION_STATUS, sizeof(struct f1p_ev_value)},
	{F1P_EV_SESSION_PART, sizeof(struct f1p_ev_value)},
	{F1P_EV_TRACK_STATUS, sizeof(struct f1p_ev_value)},
	{F1P_EV_LAP_COUNT, sizeof(struct f1p_ev_lap_count)},
	{F1P_EV_CLOCK, sizeof(struct f1p_ev_clock)},
	{F1P_EV_DRIVER, sizeof(struct f1p_ev_driver)},
	{F1P_EV_CAR_POSITION, sizeof(struct f1p_ev_car_value)},
	{F1P_EV_CAR_GRID, sizeof(struct f1p_ev_car_value)},
	{F1P_EV_CAR_GAP, sizeof(struct f1p_ev_car_gap)},
	{F1P_EV_CAR_LAP, sizeof(struct f1p_ev_car_lap)},
	{F1P_EV_CAR_STATUS, sizeof(struct f1p_ev_car_status)},
	{F1P_EV_CAR_SECTOR, sizeof(struct f1p_ev_car_sector)},
	{F1P_EV_CAR_SEGMENT, sizeof(struct f1p_ev_car_segment)},
	{F1P_EV_CAR_SPEED, sizeof(struct f1p_ev_car_speed)},
	{F1P_EV_CAR_BEST, sizeof(struct f1p_ev_car_best)},
	{F1P_EV_STINT, sizeof(struct f1p_ev_stint)},
	{F1P_EV_STINTS_RESET, sizeof(struct f1p_ev_car_value)},
	{F1P_EV_TYRE, sizeof(struct f1p_ev_stint)},
	{F1P_EV_WEATHER, sizeof(struct f1p_ev_weather)},
	{F1P_EV_RACE_CONTROL, sizeof(struct f1p_ev_race_control)},
	{F1P_EV_PIT_LANE_TIME, sizeof(struct f1p_ev_pit)},
	{F1P_EV_PIT_STOP, sizeof(struct f1p_ev_pit)},
	{F1P_EV_TOP_THREE, sizeof(struct f1p_ev_car_value)},
	{F1P_EV_TELEMETRY, sizeof(struct f1p_ev_telemetry)},
	{F1P_EV_XYZ, sizeof(struct f1p_ev_xyz)},
	{F1P_EV_HEARTBEAT, sizeof(struct f1p_event)},
	{F1P_EV_FEED_RESET, sizeof(struct f1p_event)},
	{F1P_EV_FORECAST, offsetof(struct f1p_ev_forecast, forecast.cars) + 4 * sizeof(struct f1p_car_forecast)},
	{F1P_EV_FORECAST_SKIPPED, sizeof(struct f1p_ev_forecast_skipped)},
	{F1P_EV_PLUGIN_STATUS, sizeof(struct f1p_ev_plugin_status)},
	{F1P_EV_STATE, sizeof(struct f1p_event)},
	{F1P_EV_SOURCE_END, sizeof(struct f1p_ev_plugin_status)},
	{F1P_EV_OUTLOOK, sizeof(struct f1p_ev_outlook)},
	{F1P_EV_LINK, sizeof(struct f1p_ev_link)},
	{F1P_EV_LAP_RECORD, sizeof(struct f1p_ev_lap_record)},
	{F1P_EV_PRIOR, sizeof(struct f1p_ev_prior)},
	{F1P_EV_SOURCE_CHOICE, sizeof(struct f1p_ev_source_choice)},
	{F1P_EV_GAP, sizeof(struct f1p_ev_gap)},
	{F1P_EV_REVISION, sizeof(struct f1p_ev_revision)},
	{F1P_EV_MEMBER_SCORES, sizeof(struct f1p_ev_member_scores)},
	{F1P_EV_INSIGHTS, offsetof(struct f1p_ev_insights, insights.cars) + 4 * sizeof(struct f1p_car_insight)},
};

static void fill_forecast(struct f1p_ev_forecast *ev)
{
	ev->instance_id = 3;
	ev->published = 1;
	ev->trigger = F1P_TRIGGER_LAP;
	ev->lap = 12;
	ev->forecast.size = (uint32_t)offsetof(struct f1p_forecast, cars) + 4 * (uint32_t)sizeof(struct f1p_car_forecast);
	ev->forecast.n_cars = 4;
	ev->forecast.confidence = 0.5;
	ev->forecast.trend = F1P_TREND_STABLE;
	strcpy(ev->forecast.model, "check");
	strcpy(ev->forecast.version, "1");
	for (uint32_t i = 0; i < 4; i++) {
		struct f1p_car_forecast *car = &ev->forecast.cars[i];

		*car = (struct f1p_car_forecast){.car = (uint16_t)(i + 2),
			.q05 = 1,
			.q25 = 1,
			.q50 = 2,
			.q75 = 3,
			.q95 = 4,
			.gap_given = i < 3, /* one of whose gap nothing is said */
			.gap_ms = {0, 1000 * (int32_t)i, 2500, 9000, F1P_UNKNOWN},
			.expected_position = 2.5,
			.p_win = 0.25,
			.p_podium = 0.75,
			.p_points = 1,
			.p_position = {0.25, 0.25, 0.25, 0.25}};
	}
}

static void fill_session(struct f1p_ev_session *ev)
{
	ev->type = F1P_SESSION_RACE;
	ev->year = 2025;
	ev->t_start_ns = START_NS;
	ev->t_end_ns = F1P_UNKNOWN_NS;
	ev->gmt_offset_s = 7200;
	strcpy(ev->name, "Race");
	strcpy(ev->meeting, "Check \"Grand\" Prix \xc3\xa9\n");
	strcpy(ev->circuit, "Checkring");
}

static void fill_driver(struct f1p_ev_driver *ev, uint16_t car)
{
	ev->mask = F1P_DRIVER_CODE | F1P_DRIVER_NAME | F1P_DRIVER_TEAM | F1P_DRIVER_COLOUR | F1P_DRIVER_LINE;
	ev->car = car;
	ev->line = car;
	ev->code[0] = 'C';
	ev->code[1] = (char)('A' + car % 26);
	ev->code[2] = 'X';
	strcpy(ev->name, "Some Driver");
	strcpy(ev->team, "Some Team");
}

static void fill_message(struct f1p_ev_race_control *ev, uint64_t k)
{
	ev->index = (uint16_t)k;
	ev->lap = 12;
	ev->t_utc_ns = ev->h.t_event_ns;
	ev->category = F1P_RC_FLAG;
	ev->flag = F1P_FLAG_YELLOW;
	ev->scope = F1P_SCOPE_SECTOR;
	ev->mode = F1P_MODE_NONE;
	ev->status = F1P_RCS_NONE;
	ev->sector = 7;
	strcpy(ev->text, "YELLOW IN TRACK SECTOR 7\t\"incident\"");
}

static void fill_car_event(void *p, uint16_t type, uint16_t car, uint64_t k)
{
	int32_t n = (int32_t)(k / SYNTH_KINDS % 50);

	switch (type) {
	case F1P_EV_CAR_POSITION:
	case F1P_EV_CAR_GRID:
	case F1P_EV_STINTS_RESET:
	case F1P_EV_TOP_THREE: {
		struct f1p_ev_car_value *ev = p;

		ev->car = car;
		ev->value = type == F1P_EV_STINTS_RESET ? 0 : type == F1P_EV_TOP_THREE ? 1 + (int32_t)car % 3 : (int32_t)car;
		break;
	}
	case F1P_EV_CAR_GAP:
		*(struct f1p_ev_car_gap *)p = (struct f1p_ev_car_gap){((struct f1p_ev_car_gap *)p)->h,
			F1P_GAP_LEADER | F1P_GAP_INTERVAL, car, F1P_NO, 0, 1000 * car, 0, 1000, 0};
		break;
	case F1P_EV_CAR_LAP:
		*(struct f1p_ev_car_lap *)p = (struct f1p_ev_car_lap){((struct f1p_ev_car_lap *)p)->h,
			F1P_LAP_NUMBER | F1P_LAP_LAST, car, F1P_NO, F1P_YES, n, 90000 + n, 89000, 3};
		break;
	case F1P_EV_CAR_STATUS: {
		struct f1p_ev_car_status *ev = p;

		ev->mask = F1P_CAR_IN_PIT;
		ev->car = car;
		ev->in_pit = k / SYNTH_KINDS % 2 ? F1P_YES : F1P_NO;
		break;
	}
	case F1P_EV_CAR_SECTOR:
		*(struct f1p_ev_car_sector *)p = (struct f1p_ev_car_sector){.h = ((struct f1p_ev_car_sector *)p)->h,
			.mask = F1P_SECTOR_TIME,
			.car = car,
			.sector = (uint8_t)(k % 3),
			.overall = F1P_NO,
			.time_ms = 30000,
			.personal = F1P_NO};
		break;
	case F1P_EV_CAR_SEGMENT:
		*(struct f1p_ev_car_segment *)p =
			(struct f1p_ev_car_segment){((struct f1p_ev_car_segment *)p)->h, car, 1, 2, 2049};
		break;
	case F1P_EV_CAR_SPEED:
		*(struct f1p_ev_car_speed *)p =
			(struct f1p_ev_car_speed){((struct f1p_ev_car_speed *)p)->h, car, F1P_TRAP_ST, 0, 312};
		break;
	case F1P_EV_CAR_BEST:
		*(struct f1p_ev_car_best *)p = (struct f1p_ev_car_best){((struct f1p_ev_car_best *)p)->h, car, 0, 0, 89000, 3, 0};
		break;
	case F1P_EV_STINT:
	case F1P_EV_TYRE: {
		struct f1p_ev_stint *ev = p;

		ev->mask = F1P_STINT_COMPOUND | F1P_STINT_TOTAL;
		ev->car = car;
		ev->index = (uint8_t)(type == F1P_EV_TYRE ? 255 : n % (int32_t)F1P_MAX_STINTS);
		ev->compound = F1P_TYRE_MEDIUM;
		ev->is_new = F1P_YES;
		ev->not_changed = F1P_NO;
		ev->total_laps = n;
		break;
	}
	case F1P_EV_PIT_LANE_TIME:
	case F1P_EV_PIT_STOP:
		*(struct f1p_ev_pit *)p = (struct f1p_ev_pit){((struct f1p_ev_pit *)p)->h, car, 0, n, 21500, 2400};
		break;
	case F1P_EV_TELEMETRY:
		*(struct f1p_ev_telemetry *)p =
			(struct f1p_ev_telemetry){((struct f1p_ev_telemetry *)p)->h, car, 11000, 287, 7, 100, 0, 12, {0}};
		break;
	case F1P_EV_XYZ:
		*(struct f1p_ev_xyz *)p = (struct f1p_ev_xyz){((struct f1p_ev_xyz *)p)->h, car, F1P_YES, 0, 100, -200, 30};
		break;
	default:
		break;
	}
}

static void fill_race_event(void *p, uint16_t type, uint64_t k)
{
	int32_t n = 1 + (int32_t)(k / SYNTH_KINDS % 50);

	switch (type) {
	case F1P_EV_SESSION:
		fill_session(p);
		break;
	case F1P_EV_SESSION_STATUS:
		((struct f1p_ev_value *)p)->value = F1P_STATUS_STARTED;
		break;
	case F1P_EV_SESSION_PART:
		((struct f1p_ev_value *)p)->value = 0;
		break;
	case F1P_EV_TRACK_STATUS:
		((struct f1p_ev_value *)p)->value = F1P_TRACK_CLEAR + n % 5;
		break;
	case F1P_EV_LAP_COUNT:
		*(struct f1p_ev_lap_count *)p =
			(struct f1p_ev_lap_count){((struct f1p_ev_lap_count *)p)->h, F1P_LAPS_CURRENT | F1P_LAPS_TOTAL, n, 57, 0};
		break;
	case F1P_EV_CLOCK: {
		struct f1p_ev_clock *ev = p;

		ev->mask = F1P_CLOCK_REMAINING | F1P_CLOCK_RUNNING | F1P_CLOCK_AT;
		ev->remaining_ms = 3600000;
		ev->t_at_ns = ev->h.t_event_ns;
		ev->running = F1P_YES;
		break;
	}
	case F1P_EV_WEATHER: {
		struct f1p_ev_weather *ev = p;

		ev->mask = F1P_WX_AIR | F1P_WX_RAIN;
		ev->air_temp_dc = 253;
		ev->rain = n % 2 ? F1P_YES : F1P_NO;
		break;
	}
	case F1P_EV_RACE_CONTROL:
		fill_message(p, k);
		break;
	case F1P_EV_FORECAST:
		fill_forecast(p);
		break;
	case F1P_EV_FORECAST_SKIPPED:
		((struct f1p_ev_forecast_skipped *)p)->trigger = F1P_TRIGGER_TIMER;
		break;
	case F1P_EV_PLUGIN_STATUS:
	case F1P_EV_SOURCE_END: {
		struct f1p_ev_plugin_status *ev = p;

		ev->instance_id = 2;
		ev->condition = F1P_PLUGIN_RESTARTING;
		strcpy(ev->instance, "source-check");
		strcpy(ev->reason, "a reason");
		break;
	}
	default:
		break;
	}
}

static void fill_outlook(struct f1p_ev_outlook *ev)
{
	ev->n_steps = 2;
	strcpy(ev->provider, "Check \"Weather\"");
	for (int32_t i = 0; i < 2; i++)
		ev->steps[i] = (struct f1p_outlook_step){.t_ns = ev->h.t_event_ns + (i + 1) * INT64_C(900000000000),
			.step_s = 900,
			.mask = F1P_OUTLOOK_RAIN_PROBABILITY | F1P_OUTLOOK_RAIN,
			.rain_probability_pct = 40 * i,
			.rain_um = 300 * i};
}

static void fill_gap(struct f1p_ev_gap *ev, uint64_t k)
{
	ev->id = 1 + (uint32_t)k;
	ev->kind = F1P_DATA_LAPS;
	ev->source_id = 2;
	ev->t_from_ns = ev->h.t_event_ns;
	ev->t_to_ns = F1P_UNKNOWN_NS;
	ev->how = F1P_GAP_LOST;
	ev->first_lap = ev->last_lap = 12;
	strcpy(ev->source, "source-check");
	strcpy(ev->text, "lap 12");
}

static void fill_insights(struct f1p_ev_insights *ev)
{
	struct f1p_insights *in = &ev->insights;

	ev->instance_id = 3;
	ev->trigger = F1P_TRIGGER_LAP;
	in->size = (uint32_t)(ev->h.size - offsetof(struct f1p_ev_insights, insights));
	in->n_cars = 4;
	in->n_overtakes = in->n_moves = 1;
	in->overtakes[0] = (struct f1p_overtake){.attacker = 2, .defender = 3, .p_1 = 0.1, .p_3 = 0.25, .p_5 = 0.4};
	in->moves[0] = (struct f1p_move){.car = 2, .cause = 3, .trigger = F1P_TRIGGER_PIT, .p_win_change = -0.05, .text = "a \"stop\""};
	for (uint16_t i = 0; i < 4; i++) {
		in->cars[i].car = (uint16_t)(2 + i);
		in->cars[i].n_options = 1;
		in->cars[i].options[0] = (struct f1p_option){.kind = F1P_OPTION_PIT_NOW, .compound = F1P_TYRE_HARD, .laps = 0,
			.position_change = 0.5, .p_win_change = -0.01};
	}
}

/* What live sources and the arbitration between them tell. */
static void fill_live_event(void *p, uint16_t type, uint16_t car, uint64_t k)
{
	switch (type) {
	case F1P_EV_OUTLOOK:
		fill_outlook(p);
		break;
	case F1P_EV_PRIOR: {
		struct f1p_ev_prior *ev = p;

		ev->car = k % 2 ? car : 0;
		ev->n = 3;
		ev->value[0] = -250;
		ev->value[1] = F1P_UNKNOWN;
		ev->value[2] = 40;
		break;
	}
	case F1P_EV_INSIGHTS:
		fill_insights(p);
		break;
	case F1P_EV_MEMBER_SCORES: {
		struct f1p_ev_member_scores *ev = p;

		ev->n = 1;
		ev->scores[0] = (struct f1p_member_score){.name = "check", .races = {3, 3}, .excess_e6 = {{-200, 40, 0}, {1, 2, 3}}};
		break;
	}
	case F1P_EV_LINK:
		((struct f1p_ev_link *)p)->condition = F1P_LINK_DOWN;
		strcpy(((struct f1p_ev_link *)p)->text, "the \"server\" is silent");
		break;
	case F1P_EV_LAP_RECORD:
		*(struct f1p_ev_lap_record *)p = (struct f1p_ev_lap_record){.h = ((struct f1p_ev_lap_record *)p)->h,
			.mask = F1P_RECORD_TIME,
			.car = car,
			.out_lap = F1P_NO,
			.lap = 7,
			.time_ms = 91000,
			.sector_ms = {F1P_UNKNOWN, F1P_UNKNOWN, F1P_UNKNOWN},
			.t_lap_start_ns = F1P_UNKNOWN_NS};
		break;
	case F1P_EV_SOURCE_CHOICE: {
		struct f1p_ev_source_choice *ev = p;

		ev->kind = F1P_DATA_TIMING;
		ev->from_source = 2;
		ev->to_source = 3;
		strcpy(ev->from, "source-check");
		strcpy(ev->to, "source-other");
		strcpy(ev->reason, "silent for 5.0 s");
		break;
	}
	case F1P_EV_GAP:
		fill_gap(p, k);
		break;
	case F1P_EV_REVISION: {
		struct f1p_ev_revision *ev = p;

		ev->field = F1P_REVISED_LAP_TIME;
		ev->car = car;
		ev->lap = 7;
		ev->old_value = 91000;
		ev->new_value = 91200;
		strcpy(ev->reason, "told again");
		break;
	}
	default:
		break;
	}
}

uint32_t synth_event(uint64_t k, void *out)
{
	uint16_t type = kinds[k % SYNTH_KINDS].type, car = (uint16_t)(2 + k / SYNTH_KINDS % CARS);
	uint32_t size = (kinds[k % SYNTH_KINDS].size + 7u) & ~7u;
	struct f1p_event *ev = out;

	memset(out, 0, size);
	*ev = (struct f1p_event){.size = size,
		.type = type,
		.source_id = 2,
		.seq = k + 1,
		.source_seq = k + 1,
		.t_event_ns = START_NS + (int64_t)k * 10000000,
		.t_recv_ns = START_NS + (int64_t)k * 10000000};
	if (type == F1P_EV_DRIVER) {
		fill_driver(out, car);
	}
	fill_car_event(out, type, car, k);
	fill_race_event(out, type, k);
	fill_live_event(out, type, car, k);
	return size;
}
