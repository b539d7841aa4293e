"""An issuer of tokens as Amazon Cognito is one: discovery, keys, and tokens for clients that know their secret."""

import base64
import contextlib
import json
import time
import urllib.parse

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from . import served

CLIENT, SECRET = "client-of-the-quickstart", "a-secret-of-the-test"
DISCOVERY = "/.well-known/openid-configuration"


class _Handler(served.Handler):
    def do_GET(self):
        self.server.looks += 1
        if self.server.away:
            self._answer(503, {})
            return
        issuer = self.server.issuer
        match self.path:
            case "/.well-known/openid-configuration":
                self._answer(200, {"issuer": issuer, "jwks_uri": f"{issuer}/keys", "token_endpoint": f"{issuer}/oauth2/token"})
            case "/keys":
                key = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.server.key.public_key()))
                self._answer(200, {"keys": [key | {"kid": self.server.kid, "use": "sig", "alg": "RS256"}]})
            case _:
                self._answer(404, {})

    def do_POST(self):
        """The grant `client_credentials`, with the secret in the form or in the header."""
        form = dict(urllib.parse.parse_qsl(self.body().decode()))
        basic = self.headers.get("Authorization", "").removeprefix("Basic ")
        given = base64.b64decode(basic).decode() if basic else f"{form.get('client_id')}:{form.get('client_secret')}"
        if self.path != "/oauth2/token" or form.get("grant_type") != "client_credentials" or given != f"{CLIENT}:{SECRET}":
            self._answer(400, {"error": "invalid_client"})
            return
        token = signed(self.server, scope=form.get("scope", ""))
        self._answer(200, {"access_token": token, "token_type": "Bearer", "expires_in": 3600})

    def _answer(self, status, value):
        self.answer(status, json.dumps(value).encode())


def new_key():
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def signed(server, lasts=3600, **claims):
    """A token of the client, signed with the key that the issuer has now."""
    now = int(time.time())
    known = {"iss": server.issuer, "sub": CLIENT, "client_id": CLIENT, "token_use": "access", "iat": now, "exp": now + lasts}
    return jwt.encode(known | claims, server.key, algorithm="RS256", headers={"kid": server.kid})


@contextlib.contextmanager
def serving():
    """An issuer on loopback; it has `issuer`, its URL, a key that can be changed with its `kid`, and can be `away`."""
    with served.serving(_Handler) as server:
        server.issuer = server.base
        server.key, server.kid = new_key(), "k1"
        server.away, server.looks = False, 0
        yield server
