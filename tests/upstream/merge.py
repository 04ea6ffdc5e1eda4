"""The feed's merge rules: what a subscriber's snapshot holds after all messages so far."""

LISTS = {"Messages", "Captures", "Series", "StatusSeries", "Stints", "Sectors", "Segments", "BestSectors", "BestLapTimes", "Stats"}


def copy(value):
    if isinstance(value, dict):
        return {k: copy(v) for k, v in value.items() if k not in ("_kf", "_deleted")}
    if isinstance(value, list):
        return [copy(v) for v in value]
    return value


def _indices(delta):
    return bool(delta) and all(k.isdigit() for k in delta)


def _into_list(state, delta):
    for key in delta.get("_deleted", ()):
        if str(key).isdigit() and int(key) < len(state):
            state[int(key)] = None
    for key, value in delta.items():
        if not key.isdigit():
            continue
        index = int(key)
        while len(state) <= index:
            state.append(None)
        state[index] = merge(state[index], value)
    return state


def merge(state, delta, name=""):
    """The new state; `state` may be changed in place. name: the key under which the value stands."""
    if not isinstance(delta, dict):
        return copy(delta)
    if isinstance(state, list):
        return _into_list(state, delta)
    if not isinstance(state, dict):
        if name in LISTS and _indices(delta):
            return _into_list([], delta)
        state = {}
    for key in delta.get("_deleted", ()):
        state.pop(key, None)
    for key, value in delta.items():
        if key not in ("_kf", "_deleted"):
            state[key] = merge(state.get(key), value, key)
    return state


class State:
    """All topics of one session."""

    def __init__(self):
        self.topics = {}

    def apply(self, topic, data):
        if topic.endswith(".z"):
            self.topics[topic] = data
        else:
            self.topics[topic] = merge(self.topics.get(topic), data)

    def snapshot(self, names):
        return {n: self.topics[n] for n in names if n in self.topics}
