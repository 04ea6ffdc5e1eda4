#include "race/data_kind.h"
#include <helpers/encode.h>
#include <string.h>

#define NO_CAR_FIELD 0u
#define CAR_AT(type) (uint16_t)offsetof(struct type, car)

static const struct {
	uint8_t kind;
	uint16_t car_at; /* offset of the uint16_t car; NO_CAR_FIELD */
} table[] = {
	[F1P_EV_SESSION] = {F1P_DATA_SESSION, NO_CAR_FIELD},
	[F1P_EV_SESSION_STATUS] = {F1P_DATA_SESSION, NO_CAR_FIELD},
	[F1P_EV_SESSION_PART] = {F1P_DATA_SESSION, NO_CAR_FIELD},
	[F1P_EV_TRACK_STATUS] = {F1P_DATA_TRACK, NO_CAR_FIELD},
	[F1P_EV_LAP_COUNT] = {F1P_DATA_SESSION, NO_CAR_FIELD},
	[F1P_EV_CLOCK] = {F1P_DATA_SESSION, NO_CAR_FIELD},
	[F1P_EV_DRIVER] = {F1P_DATA_DRIVERS, CAR_AT(f1p_ev_driver)},
	[F1P_EV_CAR_POSITION] = {F1P_DATA_TIMING, CAR_AT(f1p_ev_car_value)},
	[F1P_EV_CAR_GRID] = {F1P_DATA_TIMING, CAR_AT(f1p_ev_car_value)},
	[F1P_EV_CAR_GAP] = {F1P_DATA_TIMING, CAR_AT(f1p_ev_car_gap)},
	[F1P_EV_CAR_LAP] = {F1P_DATA_LAPS, CAR_AT(f1p_ev_car_lap)},
	[F1P_EV_CAR_STATUS] = {F1P_DATA_TIMING, CAR_AT(f1p_ev_car_status)},
	[F1P_EV_CAR_SECTOR] = {F1P_DATA_TIMING, CAR_AT(f1p_ev_car_sector)},
	[F1P_EV_CAR_SEGMENT] = {F1P_DATA_TIMING, CAR_AT(f1p_ev_car_segment)},
	[F1P_EV_CAR_SPEED] = {F1P_DATA_TIMING, CAR_AT(f1p_ev_car_speed)},
	[F1P_EV_CAR_BEST] = {F1P_DATA_LAPS, CAR_AT(f1p_ev_car_best)},
	[F1P_EV_STINT] = {F1P_DATA_TYRES, CAR_AT(f1p_ev_stint)},
	[F1P_EV_STINTS_RESET] = {F1P_DATA_TYRES, CAR_AT(f1p_ev_car_value)},
	[F1P_EV_TYRE] = {F1P_DATA_TYRES, CAR_AT(f1p_ev_stint)},
	[F1P_EV_WEATHER] = {F1P_DATA_WEATHER, NO_CAR_FIELD},
	[F1P_EV_RACE_CONTROL] = {F1P_DATA_MESSAGES, CAR_AT(f1p_ev_race_control)},
	[F1P_EV_PIT_LANE_TIME] = {F1P_DATA_PIT, CAR_AT(f1p_ev_pit)},
	[F1P_EV_PIT_STOP] = {F1P_DATA_PIT, CAR_AT(f1p_ev_pit)},
	[F1P_EV_TOP_THREE] = {F1P_DATA_TIMING, CAR_AT(f1p_ev_car_value)},
	[F1P_EV_TELEMETRY] = {F1P_DATA_TELEMETRY, CAR_AT(f1p_ev_telemetry)},
	[F1P_EV_XYZ] = {F1P_DATA_LOCATION, CAR_AT(f1p_ev_xyz)},
	[F1P_EV_OUTLOOK] = {F1P_DATA_OUTLOOK, NO_CAR_FIELD},
	[F1P_EV_LAP_RECORD] = {F1P_DATA_LAPS, CAR_AT(f1p_ev_lap_record)},
};

static bool in_table(const struct f1p_event *ev)
{
	return ev->space == F1P_SPACE_CORE && ev->type < sizeof(table) / sizeof(table[0]);
}

uint32_t event_kind(const struct f1p_event *ev)
{
	return in_table(ev) ? table[ev->type].kind : 0;
}

uint16_t event_car(const struct f1p_event *ev)
{
	uint16_t car = 0;

	if (in_table(ev) && table[ev->type].car_at != NO_CAR_FIELD && table[ev->type].car_at + sizeof(car) <= ev->size) {
		memcpy(&car, (const uint8_t *)ev + table[ev->type].car_at, sizeof(car));
	}
	return car;
}

uint32_t kind_car_origin(uint32_t kind)
{
	switch (kind) {
	case F1P_DATA_TIMING:
		return F1P_CAR_TIMING;
	case F1P_DATA_LAPS:
		return F1P_CAR_LAPS;
	case F1P_DATA_PIT:
		return F1P_CAR_PIT;
	case F1P_DATA_TYRES:
		return F1P_CAR_TYRES;
	default:
		return F1P_CAR_ORIGINS;
	}
}

uint32_t kind_by_name(const char *name, size_t n)
{
	for (uint32_t kind = 1; kind < F1P_DATA_KINDS; kind++) {
		const char *known = f1p_data_kind_name((int)kind);

		if (strlen(known) == n && memcmp(known, name, n) == 0) {
			return kind;
		}
	}
	return 0;
}
