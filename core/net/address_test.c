#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/address.h"

static void judge(const char *text, bool is_public)
{
	struct sockaddr_storage a;

	assert_true(address_parse(text, &a));
	if (address_is_public((struct sockaddr *)&a) != is_public)
		fail_msg("%s should be %s", text, is_public ? "public" : "closed");
}

static void what_leads_inside_is_closed(void **state)
{
	static const char *const closed[] = {"0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.100.100.200",
		"100.127.255.255", "127.0.0.1", "127.255.255.254", "168.63.129.16", "169.254.169.254", "172.16.0.1",
		"172.31.255.255", "192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.0.1", "198.18.0.1", "198.19.255.255",
		"198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255", "::", "::1",
		"::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:8.8.8.8", "64:ff9b::127.0.0.1", "64:ff9b::10.0.0.1",
		"64:ff9b:1::8.8.8.8", "fe80::1", "fec0::1", "fc00::1", "fd00:ec2::254", "ff02::1", "2001::1", "2001:db8::1",
		"2002:7f00:1::", "3fff::1", "100::1"};

	(void)state;
	for (size_t i = 0; i < sizeof(closed) / sizeof(closed[0]); i++)
		judge(closed[i], false);
}

/* The neighbours of each closed range: a mask that is a bit too wide would close them. */
static void what_is_outside_is_open(void **state)
{
	static const char *const open[] = {"1.0.0.0", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0",
		"126.255.255.255", "128.0.0.0", "168.63.129.17", "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0",
		"192.0.1.0", "192.0.3.0", "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0", "203.0.112.255",
		"203.0.114.0", "223.255.255.255", "64:ff9b::8.8.8.8", "2001:200::1", "2001:4860:4860::8888", "2003::1",
		"2606:4700::1111", "3ffe::1"};

	(void)state;
	for (size_t i = 0; i < sizeof(open) / sizeof(open[0]); i++)
		judge(open[i], true);
}

static void names_are_no_addresses(void **state)
{
	static const char *const names[] = {"", "localhost", "127.1", "0x7f000001", "2130706433", "1.2.3.4.5", "[::1]"};
	struct sockaddr_storage a;

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_false(address_parse(names[i], &a));
	assert_false(address_is_public(&(struct sockaddr){.sa_family = AF_UNIX}));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_leads_inside_is_closed),
		cmocka_unit_test(what_is_outside_is_open),
		cmocka_unit_test(names_are_no_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
