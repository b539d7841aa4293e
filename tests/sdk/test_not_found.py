"""Every operation that knows ResourceNotFoundException gives it for ids and ARNs of nothing."""

import pytest

from conformance import model, sample
from conftest import ACCOUNT, REGION
from test_constraints import method

MISSING = "ResourceNotFoundException"
# A taggable resource that is well formed and not there; the model's pattern would take any account's.
NOTHING = f"arn:aws:bedrock-agentcore:{REGION}:{ACCOUNT}:policy-engine/gone-0123456789"


@pytest.mark.parametrize("operation", [name for name in model.OPERATIONS if MISSING in model.OPERATIONS[name]["errors"]])
def test_what_is_not_there_is_not_found(client, operation):
    """Looked at before anything that the request says (service.md 6.0, step 3)."""
    request = sample.valid(model.OPERATIONS[operation]["inputShape"])
    if "resourceArn" in request:
        request["resourceArn"] = NOTHING
    with pytest.raises(client.exceptions.ResourceNotFoundException) as refused:
        method(client, operation)(**request)
    answer = refused.value.response
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 404
    assert answer["Error"]["Code"] == MISSING
    assert answer["message"].strip()
