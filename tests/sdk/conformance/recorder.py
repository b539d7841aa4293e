"""What was sent with botocore and what came back, of every client that the fixtures hand out."""

import collections
import functools

import botocore.exceptions

from . import wording
from .excuses import UNSUPPORTED_ARMS
from .model import OPERATIONS, WAITERS, seen

SERVICE = "bedrock-agentcore-control"
OK = "ok"


class Recorder:
    """Listens to botocore's events; what it keeps are sets and counts, never a request."""

    def __init__(self):
        # (operation, outcome) -> requests. An outcome is `ok` or the class of the error.
        self.outcomes = collections.Counter()
        # (operation, class) of errors that no script asked for.
        self.honest = set()
        # (operation, path) of members in requests that were accepted, and in ones that were refused by name.
        self.accepted = set()
        self.refused_by_name = set()
        # (operation, path, kind) of constraints that were broken and told about.
        self.constraints = set()
        # (operation, path) of members in answers.
        self.answered = set()
        # Operations whose paginator went through more than one page to the end.
        self.paginated = set()
        # (waiter, state, what ended it).
        self.waited = set()

    def listen(self, client, scripted):
        """Records what this client sends; gives it back. `scripted()` says whether errors may come from a fault script."""
        if client.meta.service_model.service_name != SERVICE:
            return client
        events = client.meta.events
        events.register_last(f"before-parameter-build.{SERVICE}", self._sending)
        events.register_last(f"after-call.{SERVICE}", functools.partial(self._received, scripted))
        client.get_paginator = functools.partial(self._paginator, client.get_paginator)
        client.get_waiter = functools.partial(self._waiter, client.get_waiter)
        return client

    def _sending(self, params, context, **_):
        context["recorded"] = dict(params)

    def _received(self, scripted, http_response, parsed, model, context, **_):
        operation, params = model.name, context["recorded"]
        if operation not in OPERATIONS:
            return
        if http_response.status_code < 300:
            self.outcomes[operation, OK] += 1
            self.accepted.update((operation, path) for path in seen(OPERATIONS[operation]["inputShape"], params))
            if shape := OPERATIONS[operation]["outputShape"]:
                self.answered.update((operation, path) for path in seen(shape, parsed))
            return
        code = parsed["Error"]["Code"]
        self.outcomes[operation, code] += 1
        if not scripted():
            self.honest.add((operation, code))
            if parsed.get("reason") == "FieldValidationFailed":
                self._invalid(operation, params, parsed)

    def _invalid(self, operation, params, parsed):
        """Keeps which broken constraints the answer names; a request that breaks none is refused for what it asks."""
        named = {field["name"] for field in parsed.get("fieldList", [])}
        found = wording.violations(operation, params)
        self.constraints.update((operation, each.path, each.kind) for each in found if each.pointer in named)
        if not found:
            paths = list(seen(OPERATIONS[operation]["inputShape"], params))
            for arm, root in UNSUPPORTED_ARMS.items():
                if arm in parsed["message"]:
                    self.refused_by_name.update((operation, path) for path in paths if path.startswith(root))

    def _paginator(self, get_paginator, name):
        paginator = get_paginator(name)
        paginated, operation = self.paginated, paginator._model.name

        class Pages(paginator.PAGE_ITERATOR_CLS):
            def __iter__(self):
                pages = 0
                for page in super().__iter__():
                    pages += 1
                    yield page
                if pages > 1 and "nextToken" not in page:
                    paginated.add(operation)

        paginator.PAGE_ITERATOR_CLS = Pages
        return paginator

    def _waiter(self, get_waiter, name):
        waiter = get_waiter(name)
        wait, look, last = waiter.wait, waiter._operation_method, {}

        def looking(**ids):
            last["answer"] = look(**ids)
            return last["answer"]

        @functools.wraps(wait)
        def waiting(**options):
            try:
                wait(**options)
            except botocore.exceptions.WaiterError as error:
                if "terminal failure state" in str(error):
                    self.waited.add((waiter.name, "failure", _state(last["answer"])))
                raise
            self.waited.add((waiter.name, "success", _state(last["answer"])))

        waiter._operation_method, waiter.wait = looking, waiting
        return waiter


def _state(answer):
    return answer["Error"]["Code"] if "Error" in answer else answer["status"]


def acceptors(waiter):
    """What can end a waiter, as the recorder writes it down."""
    for acceptor in WAITERS[waiter]["acceptors"]:
        if acceptor["state"] != "retry":
            yield acceptor["state"], acceptor["expected"]
