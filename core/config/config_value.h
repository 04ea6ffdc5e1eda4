/*
 * config_value.h - one option value: text to typed value, by the type of the plugin's table.
 *
 * Numbers are checked against the item's min and max. Reasons never show the value of a secret.
 */
#ifndef CONFIG_VALUE_H
#define CONFIG_VALUE_H

#include <f1pd/config.h>

#define CONFIG_REASON_MAX 200

struct config_value {
	int64_t number; /* INT, DURATION_MS, SIZE; 0 or 1 of BOOL */
	double real;	/* DOUBLE */
};

/* Reads text as item's type. Texts (STR, PATH, SECRET) are not looked into; ENUM is checked against the choices.
 * False with a reason. */
bool config_value_parse(const struct f1p_cfg_item *item, const char *text, struct config_value *, char *reason, size_t size);
/* Malloc'ed text of a STR, ENUM, PATH or SECRET value; relative paths are put under base_dir. NULL with a reason. */
char *config_value_text(const struct f1p_cfg_item *item, const char *text, const char *base_dir, char *reason, size_t size);
bool config_type_is_text(uint32_t type);
/* Bytes of the field in the plugin's struct; 0 = unknown type */
uint32_t config_type_size(uint32_t type);
/* "whole number", "duration" ... for listings; "?" if unknown */
const char *config_type_name(uint32_t type);
/* The i-th item of a table that may be longer-strided than ours, copied into *item with missing fields zero. */
void config_item_at(const struct f1p_cfg_item *items, uint32_t i, struct f1p_cfg_item *item);

#endif
