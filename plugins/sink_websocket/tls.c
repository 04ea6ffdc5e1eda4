/*
 * tls.c - whether the configured certificate and key can be used. The library would say no more than that it could not start.
 */
#include "sink_websocket.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

bool server_has_tls(const struct sink *s)
{
	return s->config.tls_certificate && s->config.tls_certificate[0];
}

static f1p_status check_pem(struct sink *s, const char *option, const char *path)
{
	if (path && path[0] && access(path, R_OK) == 0) {
		return F1P_OK;
	}
	return s->host->fail(s->host, F1P_ECONFIG, "%s = %s: %s; tls_certificate and tls_key go together", option, path ? path : "",
		path && path[0] ? strerror(errno) : "it is not set");
}

f1p_status server_check_tls(struct sink *s)
{
	const struct sink_config *c = &s->config;
	if (!server_has_tls(s) && !(c->tls_key && c->tls_key[0])) {
		return F1P_OK;
	}
	f1p_status status = check_pem(s, "tls_certificate", c->tls_certificate);
	if (status == F1P_OK) {
		status = check_pem(s, "tls_key", c->tls_key);
	}
	SSL_CTX *ctx = status == F1P_OK ? SSL_CTX_new(TLS_server_method()) : NULL;
	if (!ctx) {
		return status;
	}
	if (SSL_CTX_use_certificate_chain_file(ctx, c->tls_certificate) != 1) {
		status = s->host->fail(s->host, F1P_ECONFIG, "tls_certificate = %s: no PEM certificate", c->tls_certificate);
	} else if (SSL_CTX_use_PrivateKey_file(ctx, c->tls_key, SSL_FILETYPE_PEM) != 1 || SSL_CTX_check_private_key(ctx) != 1) {
		status = s->host->fail(s->host, F1P_ECONFIG, "tls_key = %s: no PEM key of this certificate", c->tls_key);
	}
	ERR_clear_error();
	SSL_CTX_free(ctx);
	return status;
}
