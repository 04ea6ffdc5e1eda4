/* f1pd/f1pd.h - everything a plugin needs. Start reading at base.h; start writing with `f1p-new`. */
#ifndef F1PD_F1PD_H
#define F1PD_F1PD_H
#include <f1pd/history.h>
#include <f1pd/insight.h>
#include <f1pd/model.h>
#include <f1pd/net.h>
#include <f1pd/plugin.h>
#include <f1pd/season.h>
#include <f1pd/webhook.h>
#endif
