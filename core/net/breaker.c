#include "net/breaker.h"

#define FAILURES 5u
#define S 1000000000LL
#define FIRST_NS (10 * S)
#define LONGEST_NS (300 * S)

void breaker_init(struct breaker *b)
{
	*b = (struct breaker){.state = BREAKER_CLOSED};
}

bool breaker_allows(const struct breaker *b, int64_t now_ns)
{
	return b->state == BREAKER_CLOSED || (b->state == BREAKER_OPEN && now_ns >= b->probe_at_ns);
}

bool breaker_begin(struct breaker *b)
{
	if (b->state != BREAKER_OPEN)
		return false;
	b->state = BREAKER_PROBING;
	return true;
}

bool breaker_success(struct breaker *b)
{
	bool was_closed = b->state == BREAKER_CLOSED;

	breaker_init(b);
	return !was_closed;
}

bool breaker_failure(struct breaker *b, int64_t now_ns)
{
	bool opens = b->state == BREAKER_CLOSED && ++b->failures >= FAILURES;

	if (opens)
		b->wait_ns = FIRST_NS;
	else if (b->state == BREAKER_PROBING)
		b->wait_ns = b->wait_ns * 2 < LONGEST_NS ? b->wait_ns * 2 : LONGEST_NS;
	else
		return false; /* not yet, or a request that was under way when it opened */
	b->state = BREAKER_OPEN;
	b->probe_at_ns = now_ns + b->wait_ns;
	return opens;
}

void breaker_abandon(struct breaker *b, int64_t now_ns)
{
	if (b->state != BREAKER_PROBING)
		return;
	b->state = BREAKER_OPEN;
	b->probe_at_ns = now_ns;
}

const char *breaker_name(enum breaker_state state)
{
	static const char *const names[] = {"invalid", "closed", "open", "probing"};

	return names[state <= BREAKER_PROBING ? state : BREAKER_INVALID];
}
