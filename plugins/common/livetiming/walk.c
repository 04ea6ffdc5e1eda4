/*
 * walk.c - follows a JSON text through the schema of its topic and applies the feed's merge rules on the way.
 *
 * livetiming.md numbers the rules: 2 array replaces, 3 object onto array = by index, 4 object onto nothing, 5 object onto
 * scalar, 6 _deleted, 7 _kf. Deep merge (1) needs nothing here: events carry just the fields that came.
 */
#include "decoder.h"
#include "values.h"

#include <string.h>

static struct lt_frame *top(struct lt_decoder *d)
{
	return &d->walk.frames[d->walk.depth - 1];
}

static const struct lt_node *find_member(const struct lt_node *object, const char *key, size_t n)
{
	for (uint32_t i = 0; i < object->n_children; i++) {
		const struct lt_node *node = &object->children[i];

		if (node->name_n == n && node->name[0] == key[0] && memcmp(node->name, key, n) == 0) {
			return node;
		}
	}
	return NULL;
}

static const struct lt_node *enter_car(struct lt_decoder *d, const struct lt_node *map, const char *key, size_t n)
{
	struct lt_value v = {.type = LT_STRING, .text = key, .n = n};
	int64_t number = 0;

	if (n == 0 || !lt_is_digit(key[0])) {
		return NULL; /* not a car: nothing wrong with it */
	}
	if (!lt_parse_int(key, n, 1, F1P_MAX_CAR_NUMBER, &number)) {
		lt_bad_value(d, "car number", &v);
		return NULL;
	}
	d->car_number = (uint16_t)number;
	if (map->wants_car) {
		d->car = lt_touch_car(d, d->car_number);
		if (d->car == NULL) {
			lt_bad_value(d, "car number (too many cars)", &v);
			return NULL;
		}
	}
	return map->children;
}

/* Rule 3: an index that exists, the next one (append), or one beyond (the gap is an oddity). */
static const struct lt_node *enter_element(struct lt_decoder *d, const struct lt_node *list, uint32_t index, bool is_array)
{
	uint16_t *length = list->length != NULL ? list->length(d) : NULL;

	if (index >= (uint32_t)list->hi) {
		lt_bad_value(d, "list index", &(struct lt_value){.type = LT_NUMBER, .text = "too large", .n = 9});
		return NULL;
	}
	d->index[list->index] = index;
	if (length != NULL && index >= *length) {
		d->now.merge_oddities += index > *length;
		*length = (uint16_t)(index + 1);
		if (!is_array && list->grown != NULL) {
			list->grown(d);
		}
	}
	return list->children;
}

static const struct lt_node *enter_key(struct lt_decoder *d, const struct lt_node *node, const char *key, size_t n)
{
	int64_t index = 0;

	switch (node->kind) {
	case LT_OBJECT:
		return n > 0 ? find_member(node, key, n) : NULL;
	case LT_CARS:
		return enter_car(d, node, key, n);
	default:
		return lt_parse_int(key, n, 0, UINT16_MAX, &index) ? enter_element(d, node, (uint32_t)index, false) : NULL;
	}
}

/* What the value that begins now stands for; NULL = skip it. */
static const struct lt_node *next_node(struct lt_decoder *d)
{
	struct lt_frame *f = NULL;

	if (d->walk.depth == 0) {
		return d->walk.root;
	}
	f = top(d);
	if (!f->is_array) {
		return d->walk.child;
	}
	return enter_element(d, f->node, f->next++, true);
}

static void descend(struct lt_decoder *d, const struct lt_node *node, bool is_array)
{
	d->walk.frames[d->walk.depth++] = (struct lt_frame){.node = node, .is_array = is_array};
}

/* True if the bracket belongs to something that is not walked. */
static bool is_outside(struct lt_decoder *d, bool is_array)
{
	struct lt_walk *w = &d->walk;

	if (w->deleting > 0 || (w->deleted_next && is_array)) {
		w->deleting++;
		w->deleted_next = false;
		return true;
	}
	if (w->skip > 0 || w->deleted_next) {
		w->skip++;
		w->deleted_next = false;
		return true;
	}
	return false;
}

static bool on_obj_begin(void *ctx)
{
	struct lt_decoder *d = ctx;
	const struct lt_node *node = NULL;

	if (is_outside(d, false)) {
		return true;
	}
	node = next_node(d);
	if (node == NULL || node->kind == LT_FIELD) {
		d->now.merge_oddities += node != NULL; /* rule 5 */
		d->walk.skip = 1;
		return true;
	}
	if (node->kind == LT_LIST && node->length != NULL && *node->length(d) == LT_NO_LIST) {
		d->now.merge_oddities++; /* rule 4 */
		*node->length(d) = 0;
	}
	descend(d, node, false);
	if (node->begin != NULL) {
		node->begin(d, node);
	}
	return true;
}

static bool on_arr_begin(void *ctx)
{
	struct lt_decoder *d = ctx;
	const struct lt_node *node = NULL;
	uint16_t *length = NULL;

	if (is_outside(d, true)) {
		return true;
	}
	if (d->walk.depth == 0) {
		d->walk.wrong_shape = true;
		return false;
	}
	node = next_node(d);
	if (node == NULL || node->kind != LT_LIST) {
		d->now.merge_oddities += node != NULL;
		d->walk.skip = 1;
		return true;
	}
	length = node->length != NULL ? node->length(d) : NULL;
	if (length != NULL) {
		if (*length != LT_NO_LIST && *length > 0 && node->replaced != NULL) {
			node->replaced(d);
		}
		*length = 0; /* rule 2 */
	}
	descend(d, node, true);
	return true;
}

static bool close_outside(struct lt_walk *w)
{
	if (w->deleting > 0) {
		w->deleting--;
		return true;
	}
	if (w->skip > 0) {
		w->skip--;
		return true;
	}
	return false;
}

static bool on_obj_end(void *ctx)
{
	struct lt_decoder *d = ctx;
	const struct lt_node *node = NULL;

	if (close_outside(&d->walk)) {
		return true;
	}
	node = top(d)->node;
	d->walk.depth--;
	if (node->end != NULL) {
		node->end(d, node);
	}
	return true;
}

static bool on_arr_end(void *ctx)
{
	struct lt_decoder *d = ctx;

	if (!close_outside(&d->walk)) {
		d->walk.depth--;
	}
	return true;
}

static bool on_key(void *ctx, const char *key, size_t n)
{
	struct lt_decoder *d = ctx;
	struct lt_walk *w = &d->walk;

	if (w->deleting > 0) {
		return true;
	}
	if (n > 0 && key[0] == '_') { /* _deleted, _kf: never data */
		w->deleted_next = lt_is(key, n, "_deleted", 8);
		w->child = NULL;
		return true;
	}
	if (w->skip == 0) {
		w->child = enter_key(d, top(d)->node, key, n);
	}
	return true;
}

/* One entry of a `_deleted` list. Inside skipped values it is only counted. */
static void delete_key(struct lt_decoder *d, const struct lt_value *v)
{
	struct lt_walk *w = &d->walk;

	if (w->deleting != 1) {
		return;
	}
	d->now.deleted_keys++;
	if (w->skip == 0 && w->depth > 0 && top(d)->node->deleted != NULL) {
		top(d)->node->deleted(d, v->text, v->n);
	}
}

static bool on_value(struct lt_decoder *d, const struct lt_value *v)
{
	struct lt_walk *w = &d->walk;
	const struct lt_node *node = NULL;

	if (w->deleting > 0) {
		delete_key(d, v);
		return true;
	}
	if (w->skip > 0 || w->deleted_next) {
		w->deleted_next = false;
		return true;
	}
	if (w->depth == 0) {
		w->wrong_shape = true;
		return false;
	}
	node = next_node(d);
	if (node == NULL) {
		return true;
	}
	if (node->kind != LT_FIELD) {
		if (v->type != LT_NULL) {
			lt_bad_value(d, node->name, v);
		} else if (node->length != NULL) {
			*node->length(d) = LT_NO_LIST;
		}
		return true;
	}
	if (!node->set(d, node, v)) {
		lt_bad_value(d, node->name, v);
	}
	return true;
}

static bool on_str(void *ctx, const char *text, size_t n)
{
	return on_value(ctx, &(struct lt_value){.type = LT_STRING, .text = text, .n = n});
}

static bool on_num(void *ctx, const char *text, size_t n)
{
	return on_value(ctx, &(struct lt_value){.type = LT_NUMBER, .text = text, .n = n});
}

static bool on_boolean(void *ctx, bool flag)
{
	return on_value(ctx, &(struct lt_value){.type = LT_BOOLEAN, .flag = flag, .text = ""});
}

static bool on_null(void *ctx)
{
	return on_value(ctx, &(struct lt_value){.type = LT_NULL, .text = ""});
}

const struct f1p_json_handler lt_walk_handler = {
	.obj_begin = on_obj_begin,
	.obj_end = on_obj_end,
	.arr_begin = on_arr_begin,
	.arr_end = on_arr_end,
	.key = on_key,
	.str = on_str,
	.num = on_num,
	.boolean = on_boolean,
	.null = on_null,
};
