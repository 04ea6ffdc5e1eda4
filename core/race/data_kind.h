/*
 * data_kind.h - which kind of data an event is, and which car it is about: one table for provenance and arbitration.
 */
#ifndef RACE_DATA_KIND_H
#define RACE_DATA_KIND_H

#include <f1pd/state.h>

#define ALL_KINDS ((1u << F1P_DATA_KINDS) - 2u) /* bit k: kind k */

/* enum f1p_data_kind; 0 = none: heartbeats, resets, links, the host's own, third parties'. */
uint32_t event_kind(const struct f1p_event *);
/* 0 = about no car. The event is as large as its type asks for. */
uint16_t event_car(const struct f1p_event *);
/* enum f1p_car_origin; F1P_CAR_ORIGINS = the kind is not told per car. */
uint32_t kind_car_origin(uint32_t kind);
/* By f1p_data_kind_name(); 0 = no such kind. */
uint32_t kind_by_name(const char *name, size_t n);

#endif
