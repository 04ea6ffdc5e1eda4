/*
 * timing.c - position, intervals, telemetry: rows that describe one moment. Of each car only the newest counts.
 */
#include "decoder.h"

#include <string.h>

/* False: the car's newer row of this kind is known. */
static bool is_newest(struct of1_decoder *d, int64_t *newest_ns)
{
	int64_t t_ns = of1_row_time(d);

	if (t_ns < *newest_ns) {
		d->stats.stale++;
		return false;
	}
	*newest_ns = t_ns;
	return true;
}

void of1_merge_position(struct of1_decoder *d)
{
	struct of1_car *car = of1_row_car(d);

	if (car == NULL || !of1_has(&d->row, OF1_F_POSITION) || !is_newest(d, &car->t_position_ns) ||
		car->position == d->row.position) {
		return;
	}
	car->position = d->row.position;
	of1_push_car_value(d, F1P_EV_CAR_POSITION, car->t_position_ns, car, car->position);
}

static bool is_leader(const struct of1_car *car, const struct of1_row *row)
{
	if (of1_has(row, OF1_F_GAP)) {
		return row->gap.leader || (row->gap.ms == 0 && row->gap.laps == 0);
	}
	return car->position == 1 && !of1_has(row, OF1_F_INTERVAL); /* documented: nulls for the leader */
}

void of1_merge_interval(struct of1_decoder *d)
{
	const struct of1_row *row = &d->row;
	struct of1_car *car = of1_row_car(d);
	struct f1p_ev_car_gap ev;

	if (car == NULL || !is_newest(d, &car->t_gap_ns)) {
		return;
	}
	ev = car->gap;
	if (is_leader(car, row)) {
		ev.mask = F1P_GAP_LEADER | F1P_GAP_INTERVAL;
		ev.gap_ms = ev.gap_laps = ev.interval_laps = 0;
		ev.interval_ms = F1P_UNKNOWN; /* nobody is ahead */
	} else {
		if (of1_has(row, OF1_F_GAP)) {
			ev.mask |= F1P_GAP_LEADER;
			ev.gap_ms = row->gap.ms;
			ev.gap_laps = row->gap.laps;
		}
		if (of1_has(row, OF1_F_INTERVAL)) {
			ev.mask |= F1P_GAP_INTERVAL;
			ev.interval_ms = row->interval.ms;
			ev.interval_laps = row->interval.laps;
		}
	}
	if (memcmp(&ev, &car->gap, sizeof(ev)) == 0) {
		return;
	}
	car->gap = ev;
	OF1_PUSH(d, F1P_EV_CAR_GAP, car->t_gap_ns, &ev);
}

/* 104 marks a stale channel. */
static uint8_t percent(bool given, int32_t value)
{
	return given && value <= 100 ? (uint8_t)value : 255;
}

void of1_merge_car_data(struct of1_decoder *d)
{
	const struct of1_row *row = &d->row;
	struct of1_car *car = of1_row_car(d);

	if (car == NULL || !of1_has(row, OF1_F_DATE) || row->date_ns == car->t_car_data_ns || !is_newest(d, &car->t_car_data_ns)) {
		return;
	}
	struct f1p_ev_telemetry ev = {
		.car = car->number,
		.rpm = (uint16_t)row->rpm,
		.speed_kmh = (uint16_t)row->car_speed_kmh,
		.gear = (uint8_t)row->gear,
		.throttle_pct = percent(of1_has(row, OF1_F_THROTTLE), row->throttle),
		.brake_pct = percent(of1_has(row, OF1_F_BRAKE), row->brake),
		.drs = of1_has(row, OF1_F_DRS) ? (uint8_t)row->drs : 255,
	};
	OF1_PUSH(d, F1P_EV_TELEMETRY, row->date_ns, &ev);
}

void of1_merge_location(struct of1_decoder *d)
{
	const struct of1_row *row = &d->row;
	struct of1_car *car = of1_row_car(d);

	if (car == NULL || !of1_has(row, OF1_F_DATE) || row->date_ns == car->t_location_ns || !is_newest(d, &car->t_location_ns)) {
		return;
	}
	struct f1p_ev_xyz ev = {
		.car = car->number,
		.on_track = row->x == 0 && row->y == 0 && row->z == 0 ? F1P_NO : F1P_YES,
		.x_dm = row->x,
		.y_dm = row->y,
		.z_dm = row->z,
	};
	OF1_PUSH(d, F1P_EV_XYZ, row->date_ns, &ev);
}
