/*
 * config_table.h - is an option table sane? Asked when a module is loaded, so that config_fill never meets a bad one.
 */
#ifndef CONFIG_TABLE_H
#define CONFIG_TABLE_H

#include <f1pd/config.h>

#define CONFIG_ITEMS_MAX 256

/* Names, types, field places (inside config_size, aligned, apart), defaults and ranges. False with a reason. */
bool config_table_check(const struct f1p_cfg_item *items, uint32_t n, uint32_t config_size, char *err, size_t err_size);

#endif
