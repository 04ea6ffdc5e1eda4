/* fake_host_impl.h - what the files of the fake host share. */
#ifndef FAKE_HOST_IMPL_H
#define FAKE_HOST_IMPL_H

#include "fake_host.h"

static inline struct fake_host *fake_of(const struct f1p_host *host)
{
	return host->impl;
}

extern const struct f1p_http fake_http_ext;
extern const struct f1p_websocket_client fake_websocket_ext;
extern const struct f1p_webhooks fake_webhooks_ext;
extern const struct f1p_data_dir fake_data_dir_ext;
extern const struct f1p_routes fake_routes_ext;
extern const struct f1p_metrics fake_metrics_ext;
extern const struct f1p_threads fake_threads_ext;
void fake_net_finish(struct fake_host *);

#endif
