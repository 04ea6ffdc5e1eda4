/*
 * f1pd/config.h - the option table of a plugin.
 *
 * A plugin declares its options as a constant table. The host reads the INI file, checks every value against the table,
 * fills the plugin's own config struct through `offset`, documents the table (`f1pd plugins --config`) and, on reload,
 * restarts the instance only if its values changed. A plugin never parses configuration text.
 */
#ifndef F1PD_CONFIG_H
#define F1PD_CONFIG_H

#include <f1pd/base.h>

#ifdef __cplusplus
extern "C" {
#endif

enum f1p_cfg_type {
	F1P_CFG_STR = 1,     /* const char *: host-owned, valid until the next configure() or destroy(); never NULL */
	F1P_CFG_INT,         /* int64_t */
	F1P_CFG_DOUBLE,      /* double, finite */
	F1P_CFG_BOOL,        /* bool; yes/no, true/false, on/off, 1/0 */
	F1P_CFG_DURATION_MS, /* int64_t milliseconds; written 250ms, 10s, 5m, 2h */
	F1P_CFG_SIZE,        /* int64_t bytes; written 512, 64k, 16M, 1G (powers of 1024) */
	F1P_CFG_ENUM,        /* const char *: one of `choices`, the pointer of the table's own spelling is not kept: compare text */
	F1P_CFG_PATH,        /* const char *: relative paths are taken from the folder of the configuration; "" = none */
	F1P_CFG_SECRET       /* const char *: written ${file:PATH} or ${env:NAME}; never shown in logs or listings */
};
#define F1P_CFG_REQUIRED (1u << 0)   /* must be given */
#define F1P_CFG_DEPRECATED (1u << 1) /* accepted with a warning that shows `help` */

/* One option. Strings live as long as the module. The table may be longer-strided in later versions: step by `size`. */
struct f1p_cfg_item {
	uint32_t size;       /* sizeof(struct f1p_cfg_item) of the plugin's build */
	uint32_t type;       /* enum f1p_cfg_type */
	uint32_t flags;      /* F1P_CFG_REQUIRED, ... */
	uint32_t offset;     /* of the field in the plugin's config struct */
	const char *name;    /* lower_case, a-z 0-9 _ */
	const char *def;     /* default in the syntax of the file; NULL only with F1P_CFG_REQUIRED */
	const char *min;     /* numbers, durations, sizes: least value; NULL = none */
	const char *max;
	const char *choices; /* ENUM: "a|b|c" */
	const char *help;    /* one sentence */
};

/* Builds an item: F1P_OPT(struct my_cfg, port, F1P_CFG_INT, 0, "8031", "1", "65535", NULL, "TCP port to listen on") */
#define F1P_OPT(cfg, field, type, flags, def, min, max, choices, help) \
	{ (uint32_t)sizeof(struct f1p_cfg_item), (type), (flags), (uint32_t)offsetof(cfg, field), #field, (def), (min), (max), (choices), (help) }

#ifdef __cplusplus
}
#endif
#endif
