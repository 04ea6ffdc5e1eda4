/*
 * positions.c - see positions.h.
 */
#include "positions.h"

#include "helpers/encode_keys.h"

static bool put(struct positions *p, const struct position *car)
{
	uint32_t i = 0;
	while (i < p->n && p->cars[i].car != car->car) {
		i++;
	}
	if (i == F1P_MAX_CARS) {
		return false;
	}
	p->n += i == p->n;
	p->cars[i] = *car;
	return true;
}

bool positions_note(struct positions *p, const struct f1p_ev_xyz *ev)
{
	const struct position car = {ev->car, ev->on_track, ev->x_dm, ev->y_dm, ev->z_dm, ev->h.t_event_ns};
	if (ev->h.t_event_ns < 0 || (ev->x_dm == 0 && ev->y_dm == 0 && ev->z_dm == 0) || !put(p, &car)) {
		return false;
	}
	p->h = ev->h;
	return true;
}

void positions_merge(struct positions *p, const struct positions *newer)
{
	for (uint32_t i = 0; i < newer->n; i++) {
		put(p, &newer->cars[i]);
	}
	p->h = newer->h;
}

void positions_encode(struct f1p_json *j, const struct positions *p)
{
	f1p_json_object(j);
	f1p_json_key(j, "cars");
	f1p_json_array(j);
	for (uint32_t i = 0; i < p->n; i++) {
		const struct position *car = &p->cars[i];
		if (p->h.t_event_ns - car->t_event_ns > POSITIONS_STALE_NS) {
			continue;
		}
		f1p_json_object(j);
		key_int(j, "number", car->car);
		key_int(j, "x_dm", car->x_dm);
		key_int(j, "y_dm", car->y_dm);
		key_int(j, "z_dm", car->z_dm);
		key_tri(j, "on_track", car->on_track);
		f1p_json_end(j);
	}
	f1p_json_end(j);
	f1p_json_end(j);
}
