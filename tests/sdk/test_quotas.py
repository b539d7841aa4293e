"""The counts of service.md section 13, each reached with the operations that are refused then."""

import concurrent.futures

from conftest import PERMIT, fresh, make_engine, make_policy
from test_errors import refused


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


def test_the_quota_of_tags(client):
    """Fifty to begin with are the model's own bound; fifty in several steps are the quota."""
    engine = make_engine(client, tags={f"k{n}": "" for n in range(50)})
    arn = client.get_policy_engine(policyEngineId=engine)["policyEngineArn"]
    quota(client, client.tag_resource, resourceArn=arn, tags={"k50": ""})
    client.tag_resource(resourceArn=arn, tags={"k0": "changed"})
    assert len(client.list_tags_for_resource(resourceArn=arn)["tags"]) == 50
