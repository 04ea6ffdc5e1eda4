/* reply.c - what requests are answered with. */
#include "sink_alerts.h"

void reply_json(struct f1p_response *r, uint32_t status, struct f1p_json *j)
{
	size_t n = 0;
	const char *text = f1p_json_text(j, &n);

	r->status = text ? status : 500;
	r->content_type = status >= 400 ? "application/problem+json" : "application/json";
	if (text) {
		r->append(r, text, n);
	}
	f1p_json_finish(j);
}

void reply_problem(struct f1p_response *r, uint32_t status, const char *title, const char *detail)
{
	struct f1p_json j;

	f1p_json_init(&j);
	f1p_json_problem(&j, status, title, detail);
	reply_json(r, status, &j);
}

void reply_no_method(struct f1p_response *r, const char *allow)
{
	reply_problem(r, 405, "Method not allowed", allow);
	if (r->header) {
		r->header(r, "allow", allow);
	}
}
