"""Every constraint of every operation, broken once: the texts of service.md 2.7, letter for letter."""

import botocore.exceptions
import pytest

from conformance import model, sample, wording

CASES = [breaking for operation in model.OPERATIONS for breaking in sample.breakings(operation)]
# botocore looks at these itself (service.md 2.5), so they are sent by a client that was told not to.
LOOKED_AT = {model.REQUIRED, model.MIN, model.UNION}


@pytest.fixture(scope="module")
def unchecked(backend):
    return backend.client(parameter_validation=False)


def method(client, operation):
    names = {called: name for name, called in client.meta.method_to_api_mapping.items()}
    return getattr(client, names[operation])


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_broken_constraint_is_told_in_the_words_of_the_model(client, unchecked, case):
    client = unchecked if case.kind in LOOKED_AT else client
    for request in case.requests():
        expected = wording.violations(case.operation, request)
        assert (str(case.place), case.kind) in {(each.path, each.kind) for each in expected}
        with pytest.raises(client.exceptions.ValidationException) as refused:
            method(client, case.operation)(**request)
        answer = refused.value.response
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 400
        assert answer["message"] == wording.message(expected)
        assert answer["reason"] == "FieldValidationFailed"
        assert answer["fieldList"] == [{"name": each.pointer, "message": each.text} for each in expected]


@pytest.mark.parametrize("operation", model.OPERATIONS)
def test_botocore_itself_insists_on_the_labels_of_a_path(client, operation):
    """So a missing one cannot be sent, and is no case above."""
    whole = sample.valid(model.OPERATIONS[operation]["inputShape"])
    for place in model.inputs(operation):
        if place.location == "uri":
            request = {name: value for name, value in whole.items() if name != place.path[0]}
            with pytest.raises(botocore.exceptions.ParamValidationError):
                method(client, operation)(**request)
