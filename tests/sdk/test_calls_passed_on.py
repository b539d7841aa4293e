"""What of a client's request a tool is told beside the arguments: what its target allows (`metadataConfiguration`)."""

import botocore.exceptions
import pytest

from calling import TOOL, Function, Refunds, lambda_target

ALLOWED = {"allowedRequestHeaders": ["X-Tenant-Id", "x-trace"], "allowedQueryParameters": ["version"]}
OTHER = "Other___process_refund"


@pytest.fixture(scope="module")
def function(tmp_path_factory):
    return Function(tmp_path_factory.mktemp("passed-on"))


@pytest.fixture(scope="module")
def refunds(backends, function):
    refunds = Refunds(backends(*function.flags))
    lambda_target(refunds, "Other", "process_refund", metadataConfiguration=ALLOWED)
    return refunds


def called(refunds, function, tool, **headers):
    path = f"/{refunds.gateway}/mcp?version=2%20b&secret=1"
    answer = refunds.refund(5, tool=tool, path=path, **headers)
    assert not answer.result["isError"], answer.text
    propagated = "bedrockAgentCorePropagated"
    context = function.context()
    assert context["bedrockAgentCoreToolName"] == tool
    return {name.removeprefix(propagated): value for name, value in context.items() if name.startswith(propagated)}


def test_a_function_is_told_what_its_target_allows_and_nothing_else(refunds, function):
    headers = {"x_tenant_id": "globex", "X_Trace": ["a", "b"], "x_secret": "s", "cookie": "c"}
    told = called(refunds, function, OTHER, **headers)
    assert told == {"Headers": {"X-Tenant-Id": "globex", "x-trace": "a, b"}, "QueryParameters": {"version": "2 b"}}
    assert called(refunds, function, TOOL, **headers) == {}, "the other target allows nothing"


def test_what_is_not_there_is_not_told(refunds, function):
    assert called(refunds, function, OTHER) == {"QueryParameters": {"version": "2 b"}}


@pytest.mark.parametrize("name", ["Authorization", "cookie", "Host", "content-type"])
def test_a_header_that_is_restricted_cannot_be_configured(refunds, name):
    with pytest.raises(botocore.exceptions.ClientError) as refused:
        lambda_target(refunds, "Third", "refund", metadataConfiguration={"allowedRequestHeaders": ["x-fine", name]})
    error = refused.value.response["Error"]
    assert error["Code"] == "ValidationException"
    assert f"the header {name} is restricted" in error["Message"]
