"""What the model has and the suite has not seen."""

import dataclasses
import fnmatch

from . import excuses
from .model import OPERATIONS, REQUIRED, WAITERS, inputs, outputs
from .recorder import OK, acceptors

# The columns of errors in the closing table.
ERRORS = {
    "ValidationException": "VE",
    "AccessDeniedException": "AD",
    "ResourceNotFoundException": "RNF",
    "ConflictException": "CF",
    "ServiceQuotaExceededException": "SQE",
    "ThrottlingException": "TH",
    "InternalServerException": "IS",
}
# Errors that this backend has a reason of its own for. The others belong to AWS's account and rates, or to faults, and
# are answered when a fault script says so.
HONEST = {"ValidationException", "ResourceNotFoundException", "ConflictException", "ServiceQuotaExceededException"}
# The excuses by the name of the part that they are for.
EXCUSED = {"member": excuses.MEMBERS, "constraint": excuses.CONSTRAINTS, "answered member": excuses.ANSWERS}


@dataclasses.dataclass
class Part:
    """One thing of an operation that is counted: what there is, what was seen, and what cannot be seen and why."""

    name: str
    wanted: list
    seen: set
    excused: dict

    def missing(self):
        return [each for each in self.wanted if each not in self.seen and not self._excuse(each)]

    def matching(self, pattern):
        return [each for each in self.wanted if _matches(each, pattern)]

    def _excuse(self, each):
        return any(_matches(each, pattern) for pattern in self.excused)

    def __str__(self):
        return f"{sum(each in self.seen for each in self.wanted)}/{len(self.wanted)}"


def _matches(place, pattern):
    """Brackets are a part of places; only `*` is not itself."""
    return fnmatch.fnmatchcase(place, pattern.replace("[", "[[]"))


def parts(recorder, operation):
    """What is counted of an operation."""
    told = OPERATIONS[operation]
    places = inputs(operation)
    constraints = [
        f"{place} {kind}"
        for place in places
        for kind in place.constraints()
        if not (kind == REQUIRED and place.location == "uri")
    ]
    sent = {path for name, path in recorder.accepted if name == operation}
    arms = {path for name, path in recorder.refused_by_name if name == operation}
    errors = [error for error in told["errors"] if error in ERRORS]
    seen_errors = {error for name, error in recorder.honest if name == operation}
    may_be_scripted = {*ERRORS} - HONEST | {*excuses.of(excuses.SCRIPTED, operation)}
    seen_errors |= {error for name, error in recorder.outcomes if name == operation and error in may_be_scripted}
    return [
        Part("answer", [OK], {outcome for name, outcome in recorder.outcomes if name == operation}, {}),
        Part("member", [str(place) for place in places], sent | arms, excuses.of(excuses.MEMBERS, operation)),
        Part(
            "constraint",
            constraints,
            {f"{path} {kind}" for name, path, kind in recorder.constraints if name == operation},
            excuses.of(excuses.CONSTRAINTS, operation),
        ),
        Part(
            "answered member",
            [str(place) for place in outputs(operation)],
            {path for name, path in recorder.answered if name == operation},
            excuses.of(excuses.ANSWERS, operation),
        ),
        Part("error", errors, seen_errors, {}),
        Part(
            "paginator",
            ["to the end"] if told["paginator"] else [],
            {"to the end"} if operation in recorder.paginated else set(),
            {},
        ),
    ]


def missing(recorder):
    """Everything that is missing, and every excuse that is none, each as one line."""
    yield from _stale_excuses(recorder)
    for operation in OPERATIONS:
        for part in parts(recorder, operation):
            yield from (f"{operation}: {part.name} {each}" for each in part.missing())
    for waiter in WAITERS:
        seen = {(state, what) for name, state, what in recorder.waited if name == waiter}
        excused = excuses.of(excuses.WAITERS, waiter)
        for state, what in acceptors(waiter):
            if (state, what) in seen and what in excused:
                yield f"{waiter}: the excuse for {what} is none"
            elif (state, what) not in seen and what not in excused:
                yield f"{waiter}: {state} by {what}"


def _stale_excuses(recorder):
    """Excuses for what was seen after all, and for what is not there."""
    every = [(operation, part) for operation in OPERATIONS for part in parts(recorder, operation)]
    used = set()
    for operation, part in every:
        for pattern in part.excused:
            if matching := part.matching(pattern):
                used.add((part.name, pattern))
            yield from (f"{operation}: {part.name} {each} was seen, though excused" for each in matching if each in part.seen)
    for name, excused in EXCUSED.items():
        for pattern in {key.split(" ", 1)[1] for key in excused}:
            if (name, pattern) not in used:
                yield f"the excuse for {name} {pattern} is for nothing"
    for key in excuses.SCRIPTED:
        if tuple(key.split(" ")) in recorder.honest:
            yield f"{key}: it occurs without a script, though excused"


def table(recorder):
    """Operations x outcomes, as lines."""
    heads = ["operation", "ok", *ERRORS.values(), "sent", "constraints", "answered", "pages"]
    rows = []
    for operation, told in OPERATIONS.items():
        _, sent, constraints, answered, _, pages = parts(recorder, operation)
        counts = [
            str(recorder.outcomes[operation, error]) if error in told["errors"] else "-" for error in ERRORS
        ]
        paged = "-" if not pages.wanted else "no" if pages.missing() else "yes"
        rows.append(
            [operation, str(recorder.outcomes[operation, OK]), *counts, str(sent), str(constraints), str(answered), paged]
        )
    widths = [max(len(row[column]) for row in [heads, *rows]) for column in range(len(heads))]
    for row in [heads, *rows]:
        first, *rest = [cell.rjust(width) for cell, width in zip(row, widths, strict=True)]
        yield "  ".join([row[0].ljust(widths[0]), *rest])
    for waiter in WAITERS:
        ends = sorted(f"{what} ({state})" for name, state, what in recorder.waited if name == waiter)
        yield f"waiter {waiter}: {', '.join(ends) or 'never'}"
