/*
 * positions.c - see positions.h.
 */
#include "positions.h"

#include "helpers/encode.h"

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

static void stamp(struct positions *p, uint64_t seq, int64_t t_event_ns, uint32_t flags)
{
	p->seq = seq;
	p->t_event_ns = t_event_ns;
	p->flags = flags;
}

bool positions_note(struct positions *p, const struct f1p_ev_xyz *ev)
{
	const struct position car = {ev->car, ev->on_track, ev->x_dm, ev->y_dm, ev->z_dm, ev->h.t_event_ns};
	if (ev->h.t_event_ns < 0 || (ev->x_dm == 0 && ev->y_dm == 0 && ev->z_dm == 0) || !put(p, &car)) {
		return false;
	}
	stamp(p, ev->h.seq, ev->h.t_event_ns, ev->h.flags);
	return true;
}

void positions_merge(struct positions *p, const struct positions *newer)
{
	for (uint32_t i = 0; i < newer->n; i++) {
		put(p, &newer->cars[i]);
	}
	stamp(p, newer->seq, newer->t_event_ns, newer->flags);
}

static void key_int(struct f1p_json *j, const char *key, int64_t v)
{
	f1p_json_key(j, key);
	f1p_json_int(j, v);
}

void positions_encode(struct f1p_json *j, const struct positions *p)
{
	f1p_json_object(j);
	f1p_json_key(j, "cars");
	f1p_json_array(j);
	for (uint32_t i = 0; i < p->n; i++) {
		const struct position *car = &p->cars[i];
		if (p->t_event_ns - car->t_event_ns > POSITIONS_STALE_NS) {
			continue;
		}
		f1p_json_object(j);
		key_int(j, "number", car->car);
		key_int(j, "x_dm", car->x_dm);
		key_int(j, "y_dm", car->y_dm);
		key_int(j, "z_dm", car->z_dm);
		f1p_json_key(j, "on_track");
		f1p_encode_tri(j, car->on_track);
		f1p_json_end(j);
	}
	f1p_json_end(j);
	f1p_json_end(j);
}
