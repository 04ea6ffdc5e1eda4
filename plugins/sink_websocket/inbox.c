/*
 * inbox.c - see inbox.h.
 */
#include "inbox.h"

#include <stdlib.h>
#include <string.h>

#include "helpers/encode.h"

f1p_status inbox_init(struct inbox *in, const struct f1p_host *host, const struct f1p_bus *bus)
{
	memset(in, 0, sizeof(*in));
	in->host = host;
	in->bus = bus;
	return pthread_mutex_init(&in->lock, NULL) == 0 ? F1P_OK : F1P_ENOMEM;
}

static void release(struct inbox *in, const struct f1p_state **state)
{
	if (*state) {
		in->bus->state_release(in->host, *state);
		*state = NULL;
	}
}

static void forget_events(struct inbox_content *c)
{
	for (size_t i = 0; i < c->n_forecasts; i++) {
		free(c->forecasts[i]);
	}
	c->n_forecasts = 0;
	c->n_messages = 0;
	free(c->insights);
	c->insights = NULL;
	c->positions.n = 0;
}

void inbox_content_finish(struct inbox *in, struct inbox_content *c)
{
	release(in, &c->state);
	forget_events(c);
	free(c->forecasts);
	free(c->messages);
	memset(c, 0, sizeof(*c));
}

void inbox_finish(struct inbox *in)
{
	release(in, &in->early);
	inbox_content_finish(in, &in->content);
	pthread_mutex_destroy(&in->lock);
}

static bool is_message(const struct f1p_event *e)
{
	return e->type == F1P_EV_RACE_CONTROL && e->size >= sizeof(struct f1p_ev_race_control);
}

static bool is_forecast(const struct f1p_event *e)
{
	const struct f1p_ev_forecast *f = (const struct f1p_ev_forecast *)(const void *)e;
	return e->type == F1P_EV_FORECAST && e->size <= sizeof(*f) && f1p_forecast_event_valid(f) && f->published == 1;
}

static bool is_insights(const struct f1p_event *e)
{
	const struct f1p_ev_insights *in = (const struct f1p_ev_insights *)(const void *)e;
	return e->type == F1P_EV_INSIGHTS && e->size <= sizeof(*in) && f1p_insights_event_valid(in);
}

static bool is_xyz(const struct f1p_event *e)
{
	return e->type == F1P_EV_XYZ && e->size >= sizeof(struct f1p_ev_xyz);
}

/* The next event of a batch; NULL at the end or where sizes are broken. */
static const struct f1p_event *event_at(const struct f1p_event *first, size_t *at, size_t bytes)
{
	const struct f1p_event *e = (const struct f1p_event *)(const void *)((const uint8_t *)first + *at);
	if (bytes - *at < sizeof(*e) || e->size < sizeof(*e) || e->size > bytes - *at || e->size % 8 != 0) {
		return NULL;
	}
	*at += e->size;
	return e;
}

static bool make_room(struct inbox_content *c)
{
	if (c->n_messages == c->cap_messages) {
		size_t cap = c->cap_messages ? c->cap_messages * 2 : 64;
		struct f1p_ev_race_control *messages = realloc(c->messages, cap * sizeof(*messages));
		if (!messages) {
			return false;
		}
		c->messages = messages;
		c->cap_messages = cap;
	}
	if (c->n_forecasts == c->cap_forecasts && c->cap_forecasts < INBOX_FORECASTS) {
		size_t cap = c->cap_forecasts ? c->cap_forecasts * 2 : 8;
		struct f1p_ev_forecast **forecasts = realloc(c->forecasts, cap * sizeof(*forecasts));
		if (!forecasts) {
			return false;
		}
		c->forecasts = forecasts;
		c->cap_forecasts = cap;
	}
	return true;
}

static void add_forecast(struct inbox_content *c, const struct f1p_event *e)
{
	struct f1p_ev_forecast *copy = calloc(1, sizeof(*copy));
	if (!copy) {
		return; /* a later forecast replaces it anyway */
	}
	memcpy(copy, e, e->size);
	if (c->n_forecasts == INBOX_FORECASTS) {
		free(c->forecasts[--c->n_forecasts]);
	}
	c->forecasts[c->n_forecasts++] = copy;
}

static void add_insights(struct inbox_content *c, const struct f1p_event *e)
{
	struct f1p_ev_insights *copy = calloc(1, sizeof(*copy));
	if (copy) {
		memcpy(copy, e, e->size);
		free(c->insights);
		c->insights = copy;
	}
}

/* True if the event is of interest. *wants_state: a newer snapshot can be acquired. */
static bool put_event(struct inbox *in, const struct f1p_event *e, bool *wants_state)
{
	struct inbox_content *c = &in->content;
	if (e->space != F1P_SPACE_CORE) {
		return false;
	}
	if (e->type == F1P_EV_FEED_RESET) {
		forget_events(c);
		c->reset = true;
		return true;
	}
	if (e->type == F1P_EV_STATE) {
		*wants_state = true;
		return false;
	}
	if (is_xyz(e)) {
		return positions_note(&c->positions, (const struct f1p_ev_xyz *)(const void *)e);
	}
	if (!make_room(c)) {
		return false;
	}
	if (is_message(e)) {
		memcpy(&c->messages[c->n_messages++], e, sizeof(*c->messages));
		return true;
	}
	if (is_forecast(e)) {
		add_forecast(c, e);
		return true;
	}
	if (is_insights(e)) {
		add_insights(c, e);
		return true;
	}
	return false;
}

/* Messages leave in order of seq. A snapshot that was folded beyond the events of this batch would overtake those to come. */
static bool settle(struct inbox *in, bool force)
{
	if (!in->early || (!force && in->early->seq > in->seen_seq)) {
		return false;
	}
	release(in, &in->content.state);
	in->content.state = in->early;
	in->early = NULL;
	return true;
}

f1p_status inbox_put(struct inbox *in, const struct f1p_event *first, uint32_t count, size_t bytes)
{
	bool news = false, wants_state = false;
	size_t at = 0;
	pthread_mutex_lock(&in->lock);
	if (in->content.n_messages > 0 && in->content.n_messages + count > INBOX_MESSAGES) {
		pthread_mutex_unlock(&in->lock);
		return F1P_AGAIN;
	}
	for (uint32_t i = 0; i < count; i++) {
		const struct f1p_event *e = event_at(first, &at, bytes);
		if (!e) {
			break;
		}
		news |= put_event(in, e, &wants_state);
		if (e->seq > in->seen_seq) {
			in->seen_seq = e->seq;
		}
	}
	if (wants_state && in->bus) {
		release(in, &in->early);
		in->early = in->bus->state_acquire(in->host);
	}
	news |= settle(in, false);
	pthread_mutex_unlock(&in->lock);
	return news ? F1P_OK : F1P_END;
}

bool inbox_flush(struct inbox *in)
{
	pthread_mutex_lock(&in->lock);
	bool news = settle(in, true);
	pthread_mutex_unlock(&in->lock);
	return news;
}

void inbox_take(struct inbox *in, struct inbox_content *out)
{
	pthread_mutex_lock(&in->lock);
	*out = in->content;
	memset(&in->content, 0, sizeof(in->content));
	pthread_mutex_unlock(&in->lock);
}
