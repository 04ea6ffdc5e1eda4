#include "encode_words.h"

#include <f1pd/event.h>

#include <stddef.h>

#define WORD(words, value) ((value) < sizeof(words) / sizeof((words)[0]) ? (words)[value] : NULL)

const char *lt_category_word(uint8_t category)
{
	static const char *const words[] = {
		[F1P_RC_OTHER] = "Other",
		[F1P_RC_FLAG] = "Flag",
		[F1P_RC_DRS] = "Drs",
		[F1P_RC_SAFETY_CAR] = "SafetyCar",
		[F1P_RC_CAR_EVENT] = "CarEvent",
	};

	return WORD(words, category);
}

const char *lt_flag_word(uint8_t flag)
{
	static const char *const words[] = {
		[F1P_FLAG_GREEN] = "GREEN",
		[F1P_FLAG_YELLOW] = "YELLOW",
		[F1P_FLAG_DOUBLE_YELLOW] = "DOUBLE YELLOW",
		[F1P_FLAG_RED] = "RED",
		[F1P_FLAG_BLUE] = "BLUE",
		[F1P_FLAG_CLEAR] = "CLEAR",
		[F1P_FLAG_CHEQUERED] = "CHEQUERED",
		[F1P_FLAG_BLACK_AND_WHITE] = "BLACK AND WHITE",
		[F1P_FLAG_BLACK] = "BLACK",
		[F1P_FLAG_BLACK_AND_ORANGE] = "BLACK AND ORANGE",
	};

	return WORD(words, flag);
}

const char *lt_scope_word(uint8_t scope)
{
	static const char *const words[] = {
		[F1P_SCOPE_TRACK] = "Track",
		[F1P_SCOPE_SECTOR] = "Sector",
		[F1P_SCOPE_DRIVER] = "Driver",
	};

	return WORD(words, scope);
}

const char *lt_mode_word(uint8_t mode)
{
	static const char *const words[] = {
		[F1P_MODE_SC] = "SAFETY CAR",
		[F1P_MODE_VSC] = "VIRTUAL SAFETY CAR",
	};

	return WORD(words, mode);
}

const char *lt_state_word(uint8_t state)
{
	static const char *const words[] = {
		[F1P_RCS_ENABLED] = "ENABLED",
		[F1P_RCS_DISABLED] = "DISABLED",
		[F1P_RCS_DEPLOYED] = "DEPLOYED",
		[F1P_RCS_IN_THIS_LAP] = "IN THIS LAP",
		[F1P_RCS_ENDING] = "ENDING",
	};

	return WORD(words, state);
}

const char *lt_compound_word(uint8_t compound)
{
	static const char *const words[] = {
		[F1P_TYRE_UNKNOWN] = "UNKNOWN",
		[F1P_TYRE_SOFT] = "SOFT",
		[F1P_TYRE_MEDIUM] = "MEDIUM",
		[F1P_TYRE_HARD] = "HARD",
		[F1P_TYRE_INTERMEDIATE] = "INTERMEDIATE",
		[F1P_TYRE_WET] = "WET",
		[F1P_TYRE_HYPERSOFT] = "HYPERSOFT",
		[F1P_TYRE_ULTRASOFT] = "ULTRASOFT",
		[F1P_TYRE_SUPERSOFT] = "SUPERSOFT",
		[F1P_TYRE_SUPERHARD] = "SUPERHARD",
	};

	return WORD(words, compound);
}
