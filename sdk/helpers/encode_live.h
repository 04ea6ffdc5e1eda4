/* encode_live.h - the live part of encode_event.c: members for an object that the caller has open. */
#ifndef F1P_ENCODE_LIVE_H
#define F1P_ENCODE_LIVE_H

#include "helpers/encode.h"

void encode_prior(struct f1p_json *, const struct f1p_ev_prior *);
void encode_member_scores(struct f1p_json *, const struct f1p_ev_member_scores *);
void encode_outlook(struct f1p_json *, const struct f1p_ev_outlook *);
void encode_link(struct f1p_json *, const struct f1p_ev_link *);
void encode_lap_record(struct f1p_json *, const struct f1p_ev_lap_record *);
void encode_source_choice(struct f1p_json *, const struct f1p_ev_source_choice *);
void encode_gap(struct f1p_json *, const struct f1p_ev_gap *);
void encode_revision(struct f1p_json *, const struct f1p_ev_revision *);

#endif
