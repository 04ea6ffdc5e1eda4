/*
 * address.h - which addresses are out on the internet, and which lead into somebody's own network.
 */
#ifndef NET_ADDRESS_H
#define NET_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

/* Neither private, loopback, link-local, shared (RFC 6598), multicast, reserved (IANA's special-purpose registries) nor the
 * metadata service of a cloud. IPv4 inside IPv6 counts only as NAT64's own prefix writes it (RFC 6052). */
bool address_is_public(const struct sockaddr *);
/* A literal address of either family, without brackets; false: it is none. */
bool address_parse(const char *text, struct sockaddr_storage *out);

#endif
