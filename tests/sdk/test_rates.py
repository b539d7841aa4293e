"""Rates by switch: what is throttled, and clients that retry and come through."""

import time

import boto3
import botocore.config
import botocore.exceptions
import pytest
from conftest import CREDENTIALS, REGION, fresh


@pytest.fixture(scope="module")
def limited(backends):
    return backends("--switch", "limits.enforce-rates=on")


def throttled(call, **arguments):
    with pytest.raises(botocore.exceptions.ClientError) as error:
        for _ in range(20):
            call(**arguments)
    answer = error.value.response
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 429
    return answer["Error"]["Code"], answer["Error"]["Message"]


def test_beyond_the_rate_is_throttled(limited):
    client = limited.client()
    text = "Rate exceeded: ListPolicyEngines may be called 5 times a second"
    assert throttled(client.list_policy_engines) == ("ThrottlingException", text)
    text = "Rate exceeded: DeletePolicyEngine may be called 1 times a second"
    missing = client.exceptions.ResourceNotFoundException
    with pytest.raises(missing):
        client.delete_policy_engine(policyEngineId="engine-0123456789")
    assert throttled(client.delete_policy_engine, policyEngineId="engine-0123456789") == ("ThrottlingException", text)


def test_the_short_text(backends):
    backend = backends("--switch", "limits.enforce-rates=on", "--switch", "compat.quota-text=short")
    assert throttled(backend.client().list_policy_engines) == ("ThrottlingException", "Rate exceeded")


@pytest.mark.parametrize("mode", ["standard", "adaptive", "legacy"])
def test_botocore_retries_and_comes_through(limited, mode):
    config = botocore.config.Config(retries={"total_max_attempts": 10, "mode": mode}, proxies={})
    client = boto3.client(
        "bedrock-agentcore-control", endpoint_url=limited.url, region_name=REGION, config=config, **CREDENTIALS
    )
    begin = time.monotonic()
    made = [client.create_policy_engine(name=fresh("engine")) for _ in range(3)]
    assert sum(answer["ResponseMetadata"]["RetryAttempts"] for answer in made) >= 1
    # Two waits of a second, whatever the client's own pauses add.
    assert 1.5 < time.monotonic() - begin < 60


def test_without_the_switch_there_are_no_rates(client):
    for _ in range(12):
        client.list_policy_engines()
