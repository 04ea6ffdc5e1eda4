#include "helpers/event_size.h"

#include <f1pd/forecast.h>
#include <f1pd/insight.h>
#include <stddef.h>

uint32_t f1p_event_least_size(uint32_t type)
{
	static const uint16_t sizes[] = {
		[F1P_EV_SESSION] = sizeof(struct f1p_ev_session),
		[F1P_EV_SESSION_STATUS] = sizeof(struct f1p_ev_value),
		[F1P_EV_SESSION_PART] = sizeof(struct f1p_ev_value),
		[F1P_EV_TRACK_STATUS] = sizeof(struct f1p_ev_value),
		[F1P_EV_LAP_COUNT] = sizeof(struct f1p_ev_lap_count),
		[F1P_EV_CLOCK] = sizeof(struct f1p_ev_clock),
		[F1P_EV_DRIVER] = sizeof(struct f1p_ev_driver),
		[F1P_EV_CAR_POSITION] = sizeof(struct f1p_ev_car_value),
		[F1P_EV_CAR_GRID] = sizeof(struct f1p_ev_car_value),
		[F1P_EV_CAR_GAP] = sizeof(struct f1p_ev_car_gap),
		[F1P_EV_CAR_LAP] = sizeof(struct f1p_ev_car_lap),
		[F1P_EV_CAR_STATUS] = sizeof(struct f1p_ev_car_status),
		[F1P_EV_CAR_SECTOR] = sizeof(struct f1p_ev_car_sector),
		[F1P_EV_CAR_SEGMENT] = sizeof(struct f1p_ev_car_segment),
		[F1P_EV_CAR_SPEED] = sizeof(struct f1p_ev_car_speed),
		[F1P_EV_CAR_BEST] = sizeof(struct f1p_ev_car_best),
		[F1P_EV_STINT] = sizeof(struct f1p_ev_stint),
		[F1P_EV_STINTS_RESET] = sizeof(struct f1p_ev_car_value),
		[F1P_EV_TYRE] = sizeof(struct f1p_ev_stint),
		[F1P_EV_WEATHER] = sizeof(struct f1p_ev_weather),
		[F1P_EV_RACE_CONTROL] = sizeof(struct f1p_ev_race_control),
		[F1P_EV_PIT_LANE_TIME] = sizeof(struct f1p_ev_pit),
		[F1P_EV_PIT_STOP] = sizeof(struct f1p_ev_pit),
		[F1P_EV_TOP_THREE] = sizeof(struct f1p_ev_car_value),
		[F1P_EV_TELEMETRY] = sizeof(struct f1p_ev_telemetry),
		[F1P_EV_XYZ] = sizeof(struct f1p_ev_xyz),
		[F1P_EV_OUTLOOK] = sizeof(struct f1p_ev_outlook),
		[F1P_EV_LINK] = offsetof(struct f1p_ev_link, source),
		[F1P_EV_LAP_RECORD] = sizeof(struct f1p_ev_lap_record),
		[F1P_EV_PRIOR] = sizeof(struct f1p_ev_prior),
		[F1P_EV_FORECAST] = offsetof(struct f1p_ev_forecast, forecast),
		[F1P_EV_FORECAST_SKIPPED] = sizeof(struct f1p_ev_forecast_skipped),
		[F1P_EV_PLUGIN_STATUS] = sizeof(struct f1p_ev_plugin_status),
		[F1P_EV_SOURCE_END] = sizeof(struct f1p_ev_plugin_status),
		[F1P_EV_SOURCE_CHOICE] = sizeof(struct f1p_ev_source_choice),
		[F1P_EV_GAP] = sizeof(struct f1p_ev_gap),
		[F1P_EV_REVISION] = sizeof(struct f1p_ev_revision),
		[F1P_EV_MEMBER_SCORES] = sizeof(struct f1p_ev_member_scores),
		[F1P_EV_INSIGHTS] = offsetof(struct f1p_ev_insights, insights),
	};

	return type < sizeof(sizes) / sizeof(sizes[0]) && sizes[type] != 0 ? sizes[type] : (uint32_t)sizeof(struct f1p_event);
}
