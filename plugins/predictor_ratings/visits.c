#include "visits.h"

#include <stdlib.h>

#define KEEP .8
#define PRIOR_VISITS 3.0
#define CLIP 1.0
#define VISITS_MAX 65536u

static struct visit *find(const struct visits *s, uint32_t circuit, bool team, uint32_t who)
{
	for (uint32_t i = 0; i < s->n; i++) {
		if (s->v[i].circuit == circuit && s->v[i].who == who && s->v[i].team == team)
			return &s->v[i];
	}
	return NULL;
}

double visits_mean(const struct visits *s, uint32_t circuit, bool team, uint32_t who, enum visit_session session)
{
	const struct visit *v = find(s, circuit, team, who);

	return v ? memory_mean(&v->surprise[session], 0.0, PRIOR_VISITS) : 0.0;
}

bool visits_add(struct visits *s, uint32_t circuit, bool team, uint32_t who, enum visit_session session, double surprise)
{
	struct visit *v = find(s, circuit, team, who);

	if (!v && s->n < VISITS_MAX) {
		if (s->n == s->capacity) {
			uint32_t capacity = s->n ? 2u * s->n : 256u;
			struct visit *larger = realloc(s->v, capacity * sizeof(*larger));
			if (!larger)
				return false;
			s->v = larger;
			s->capacity = capacity;
		}
		v = &s->v[s->n++];
		*v = (struct visit){.circuit = circuit, .who = who, .team = team};
	}
	if (v)
		memory_add(&v->surprise[session], KEEP, surprise > CLIP ? CLIP : surprise < -CLIP ? -CLIP : surprise);
	return true;
}
