"""An issuer of tokens that is away, changes its keys, or never made the key that a token names (reliability.md 4, F46)."""

import datetime

import pytest

from calling import Refunds
from conformance import issuer

DAY = 24 * 3600


@pytest.fixture(scope="module")
def calling(backends, function):
    return backends(*function.flags, "--admin-listen", "127.0.0.1:0")


@pytest.fixture
def login():
    with issuer.serving() as server:
        yield server


@pytest.fixture
def refunds(calling, login):
    later(calling, 0)
    discovery = f"{login.issuer}{issuer.DISCOVERY}"
    authorizer = {"customJWTAuthorizer": {"discoveryUrl": discovery, "allowedClients": [issuer.CLIENT]}}
    return Refunds(calling, authorizerType="CUSTOM_JWT", authorizerConfiguration=authorizer)


def later(backend, seconds):
    """Sets the backend's clock to so many seconds after now."""
    now = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
    code, answer = backend.admin("PUT", "/clock", {"now": now.isoformat().replace("+00:00", "Z")})
    assert code == 200, answer


def status(refunds, token):
    """What a call with this token is answered with; 200 is a call that was made."""
    answer = refunds.refund(1, authorization=f"Bearer {token}")
    if answer.status == 200:
        assert answer.result["isError"] is False
    return answer.status


def test_f46_keys_last_an_hour_while_the_issuer_is_away_and_then_nobody_is_let_in(calling, refunds, login, function):
    token = issuer.signed(login, lasts=DAY)
    assert status(refunds, token) == 200
    login.away = True
    later(calling, 59 * 60)
    assert status(refunds, token) == 200
    assert status(refunds, issuer.signed(login, lasts=DAY)) == 200, "a new token of a known key"
    later(calling, 61 * 60)
    before = len(function.calls())
    assert status(refunds, token) == 503
    assert status(refunds, issuer.signed(login, lasts=DAY)) == 503
    assert len(function.calls()) == before, "the tool was not called"
    login.away = False
    later(calling, 62 * 60)
    assert status(refunds, token) == 200


def test_f46_an_issuer_that_was_never_there_lets_nobody_in(refunds, login):
    login.away = True
    assert status(refunds, issuer.signed(login)) == 503


def test_f46_a_key_that_takes_over_is_found_and_the_one_before_is_not_trusted_any_more(calling, refunds, login):
    before = issuer.signed(login, lasts=DAY)
    assert status(refunds, before) == 200
    login.key, login.kid = issuer.new_key(), "k2"
    later(calling, 60)
    assert status(refunds, issuer.signed(login, lasts=DAY)) == 200
    assert status(refunds, before) == 401


def test_f46_a_key_that_nobody_knows_is_looked_for_once_and_not_trusted(calling, refunds, login):
    assert status(refunds, issuer.signed(login)) == 200
    published = login.key, login.kid
    login.key, login.kid = issuer.new_key(), "of-nobody"
    forged = issuer.signed(login)
    login.key, login.kid = published
    later(calling, 60)
    looks = login.looks
    for _ in range(20):
        assert status(refunds, forged) == 401
    assert login.looks == looks + 2, "the discovery document and the keys"
    login.away = True
    later(calling, 120)
    assert status(refunds, forged) == 401, "a look that fails lets nobody in"


def test_f46_a_token_that_was_just_taken_is_refused_when_it_has_expired(calling, refunds, login):
    token = issuer.signed(login, lasts=600)
    assert status(refunds, token) == 200
    later(calling, 599)
    assert status(refunds, token) == 200
    later(calling, 600 + 31)
    assert status(refunds, token) == 401
