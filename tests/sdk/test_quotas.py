"""The counts of service.md section 13, each reached with the operations that are refused then."""

import concurrent.futures

import pytest

from conftest import PERMIT, fresh, make_engine, make_gateway, make_policy, wait
from test_errors import refused

# Bytes of all policies of an engine for one resource, and of the largest policy.
MOST, LARGEST = 200 * 1024, 10_000


def quota(client, call, **request):
    answer = refused(client.exceptions.ServiceQuotaExceededException, call, **request)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 402
    assert answer["message"].strip()


def test_the_quota_of_engines(backends):
    client = backends().client(max_pool_connections=16)
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda n: client.create_policy_engine(name=f"engine_{n}"), range(1_000)))
    quota(client, client.create_policy_engine, name="one_more")


def test_the_quota_of_policies(backends):
    client = backends().client(max_pool_connections=16)
    engine = make_engine(client)
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda _: make_policy(client, engine, validationMode="IGNORE_ALL_FINDINGS"), range(1_000)))
    definition = {"cedar": {"statement": PERMIT}}
    quota(client, client.create_policy, policyEngineId=engine, name=fresh("policy"), definition=definition)


def sized(size, resource="is AgentCore::Gateway"):
    """A statement of so many bytes."""
    statement = PERMIT.replace("is AgentCore::Gateway", resource) + " //"
    return {"cedar": {"statement": statement.ljust(size, "x")}}


def fill(client, engine, size, **scope):
    """Creates ACTIVE policies that have so many bytes together; gives their ids."""
    sizes = [LARGEST] * (size // LARGEST) + [size % LARGEST]
    made = [
        client.create_policy(policyEngineId=engine, name=fresh("policy"), definition=sized(each, **scope))["policyId"]
        for each in sizes
    ]
    for policy in made:
        wait(client, "policy_active", policyEngineId=engine, policyId=policy)
    return made


def test_the_quota_of_bytes_for_one_resource(client):
    """Of policies for one gateway and for all of them; for another gateway, and in another engine, there is room."""
    engine, other = make_engine(client), make_engine(client)
    one, two = (
        f'== AgentCore::Gateway::"{client.get_gateway(gatewayIdentifier=make_gateway(client))["gatewayArn"]}"'
        for _ in range(2)
    )
    fill(client, engine, MOST - 5_000, resource=one)
    *_, policy = fill(client, engine, 4_000)
    wanted = {"policyEngineId": engine, "name": fresh("policy")}
    for resource in (one, "is AgentCore::Gateway"):
        quota(client, client.create_policy, **wanted, definition=sized(1_001, resource))
    # An update may make a policy larger as long as there is room, and no larger.
    changed = {"policyEngineId": engine, "policyId": policy}
    for resource in (one, "is AgentCore::Gateway"):
        quota(client, client.update_policy, **changed, definition=sized(5_001, resource))
    client.update_policy(**changed, definition=sized(5_000))
    wait(client, "policy_active", **changed)
    quota(client, client.create_policy, **wanted, definition=sized(1_000, one))
    client.create_policy(**wanted, definition=sized(1_000, two))
    client.create_policy(policyEngineId=other, name=fresh("policy"), definition=sized(1_000, one))
    # A smaller one makes room again.
    client.update_policy(**changed, definition=sized(4_000))
    wait(client, "policy_active", **changed)
    client.create_policy(policyEngineId=engine, name=fresh("policy"), definition=sized(1_000, one))


@pytest.mark.parametrize("by_file", [True, False])
def test_bytes_without_their_quota_and_with_it_again(backends, tmp_path, by_file):
    """What is too large already can still be made smaller."""
    file = tmp_path / "switches"
    file.write_text("limits.enforce-policy-size: off\n")
    off = ("--switches", str(file)) if by_file else ("--switch", "limits.enforce-policy-size=off")
    backend = backends(*off)
    client = backend.client()
    engine = make_engine(client)
    policy, *_ = fill(client, engine, MOST + 5_000)
    backend.stop()
    backend.flags = ()
    backend.start()
    client = backend.client()
    definition = sized(1_000)
    quota(client, client.create_policy, policyEngineId=engine, name=fresh("policy"), definition=definition)
    changed = {"policyEngineId": engine, "policyId": policy}
    client.update_policy(**changed, definition=sized(LARGEST - 1))
    wait(client, "policy_active", **changed)
    quota(client, client.update_policy, **changed, definition=sized(LARGEST))


def test_the_quota_of_tags(client):
    """Fifty to begin with are the model's own bound; fifty in several steps are the quota."""
    engine = make_engine(client, tags={f"k{n}": "" for n in range(50)})
    arn = client.get_policy_engine(policyEngineId=engine)["policyEngineArn"]
    quota(client, client.tag_resource, resourceArn=arn, tags={"k50": ""})
    client.tag_resource(resourceArn=arn, tags={"k0": "changed"})
    assert len(client.list_tags_for_resource(resourceArn=arn)["tags"]) == 50
