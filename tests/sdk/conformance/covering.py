"""The fewest requests that between them have something at every place of an operation's input."""

import fnmatch

from .model import OPERATIONS, SHAPES, seen, steps, walk
from .sample import valid


def covering(operation, values, without=()):
    """Whole requests, one for as many arms of unions as there are, until every place was filled once.

    `values` says what stands where it matters: path (with `*`) to a value, or to a function without arguments that
    gives a fresh one; what it says stays as it is. Places that match one of `without` are left out.
    """
    shape = OPERATIONS[operation]["inputShape"]
    wanted = {str(place) for place in walk(shape)}
    wanted = {path for path in wanted if not _matches(path, without)}
    while wanted:
        request = _full(shape, "", frozenset(), values, wanted, without)
        filled = wanted & set(seen(shape, request))
        assert filled, f"{operation}: nothing fills {sorted(wanted)}"
        wanted -= filled
        yield request


def _full(name, path, above, values, wanted, without):
    if (value := _value(path, values)) is not None:
        return value
    if name in above:
        return valid(name)
    shape, above = SHAPES[name], above | {name}
    inner = {
        segment: (f"{path}/{segment}", of)
        for segment, of, _ in steps(name)
        if not _matches(f"{path}/{segment}", without)
    }

    def full(segment):
        return _full(inner[segment][1], inner[segment][0], above, values, wanted, without)

    match shape["type"]:
        case "structure" if shape.get("union"):
            arm = max(inner, key=lambda segment: any(_under(each, inner[segment][0]) for each in wanted))
            return {arm: full(arm)}
        case "structure":
            return {member: full(member) for member in inner}
        case "list":
            return [full("[]") for _ in range(max(shape.get("min", 1), 1))]
        case "map":
            return {_value(f"{path}/{{key}}", values) or "k": full("{}")}
    return valid(name)


def _under(path, root):
    return path == root or path.startswith(f"{root}/")


def _matches(path, patterns):
    return any(_under(path, pattern) or fnmatch.fnmatchcase(path, pattern) for pattern in patterns)


def _value(path, values):
    for pattern, value in values.items():
        if fnmatch.fnmatchcase(path, pattern):
            return value() if callable(value) else value
    return None


def echoed(operation, request):
    """What of a request the operation's answer has members for."""
    return _echoed(OPERATIONS[operation]["outputShape"], request)


def _echoed(name, value):
    members = SHAPES[name]["members"]
    return {member: inner for member, inner in value.items() if member in members}
