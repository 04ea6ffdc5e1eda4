/*
 * tls_fixture.h - for tests: an authority of their own, and servers' certificates that it signs.
 */
#ifndef NET_TLS_FIXTURE_H
#define NET_TLS_FIXTURE_H

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define DAY_S 86400

static char ca_file[] = "/tmp/f1pd-ws-ca-XXXXXX";
static EVP_PKEY *ca_key, *server_key;
static X509 *ca;

static inline X509 *certificate(const char *name, EVP_PKEY *key, X509 *issuer, EVP_PKEY *issuer_key, long from_s, long to_s)
{
	X509 *x = X509_new();
	X509_NAME *subject = X509_get_subject_name(x);
	char san[64];
	X509_EXTENSION *e;

	X509_set_version(x, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(x), issuer ? 2 : 1);
	X509_gmtime_adj(X509_getm_notBefore(x), from_s);
	X509_gmtime_adj(X509_getm_notAfter(x), to_s);
	X509_set_pubkey(x, key);
	X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1, 0);
	X509_set_issuer_name(x, issuer ? X509_get_subject_name(issuer) : subject);
	snprintf(san, sizeof(san), "DNS:%s", name);
	e = X509V3_EXT_conf_nid(
		NULL, NULL, issuer ? NID_subject_alt_name : NID_basic_constraints, issuer ? san : "critical,CA:TRUE");
	X509_add_ext(x, e, -1);
	X509_EXTENSION_free(e);
	assert_true(X509_sign(x, issuer_key, EVP_sha256()) > 0);
	return x;
}

static inline SSL_CTX *server_tls(const char *name, long from_s, long to_s)
{
	SSL_CTX *tls = SSL_CTX_new(TLS_server_method());
	X509 *x = certificate(name, server_key, ca, ca_key, from_s, to_s);

	assert_int_equal(SSL_CTX_use_certificate(tls, x), 1);
	assert_int_equal(SSL_CTX_use_PrivateKey(tls, server_key), 1);
	X509_free(x);
	return tls;
}

static inline int make_authority(void **state)
{
	FILE *f = fdopen(mkstemp(ca_file), "w");

	(void)state;
	signal(SIGPIPE, SIG_IGN); /* as the daemon does: OpenSSL cannot be told */
	ca_key = EVP_EC_gen("P-256");
	server_key = EVP_EC_gen("P-256");
	ca = certificate("f1pd test authority", ca_key, NULL, ca_key, -DAY_S, DAY_S);
	PEM_write_X509(f, ca);
	fclose(f);
	return 0;
}

static inline int drop_authority(void **state)
{
	(void)state;
	unlink(ca_file);
	X509_free(ca);
	EVP_PKEY_free(ca_key);
	EVP_PKEY_free(server_key);
	return 0;
}

#endif
