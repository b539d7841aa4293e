//! An issuer that listens on loopback, keys to sign with, and gateways that take its tokens.

use super::super::*;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair,
    KeyPair as _, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256, RSA_PSS_SHA384,
    RSA_PSS_SHA512, RsaEncoding, RsaKeyPair,
};
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use std::sync::LazyLock;
use tempfile::TempDir;

/// The moment of the tests, in microseconds and in seconds.
pub const NOW: i64 = NOW_SECONDS * 1_000_000;
pub const NOW_SECONDS: i64 = 1_771_934_400;
/// Where an issuer describes itself, and where its keys are.
pub const DISCOVERY: &str = "/.well-known/openid-configuration";
pub const JWKS: &str = "/jwks";

static RSA: LazyLock<RsaKeyPair> = LazyLock::new(|| RsaKeyPair::generate(KeySize::Rsa2048).unwrap());

/// A private key.
enum Pair {
    Ed25519(Ed25519KeyPair),
    Ec(EcdsaKeyPair),
    Rsa(&'static dyn RsaEncoding),
}

/// Signs tokens.
pub struct Signer {
    kid: String,
    pub algorithm: &'static str,
    pair: Pair,
}

impl Signer {
    pub fn ed25519(kid: &str) -> Self {
        Self::new(kid, "EdDSA")
    }

    pub fn new(kid: &str, algorithm: &'static str) -> Self {
        let pair = match algorithm {
            "ES256" => Pair::Ec(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap()),
            "ES384" => Pair::Ec(EcdsaKeyPair::generate(&ECDSA_P384_SHA384_FIXED_SIGNING).unwrap()),
            "RS256" => Pair::Rsa(&RSA_PKCS1_SHA256),
            "RS384" => Pair::Rsa(&RSA_PKCS1_SHA384),
            "RS512" => Pair::Rsa(&RSA_PKCS1_SHA512),
            "PS256" => Pair::Rsa(&RSA_PSS_SHA256),
            "PS384" => Pair::Rsa(&RSA_PSS_SHA384),
            "PS512" => Pair::Rsa(&RSA_PSS_SHA512),
            _ => Pair::Ed25519(Ed25519KeyPair::generate().unwrap()),
        };
        Self {
            kid: kid.to_owned(),
            algorithm,
            pair,
        }
    }

    /// The public half, as in a key set.
    pub fn jwk(&self) -> Value {
        let encoded = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let mut jwk = match &self.pair {
            Pair::Ed25519(pair) => {
                json!({"kty": "OKP", "crv": "Ed25519", "x": encoded(pair.public_key().as_ref())})
            }
            Pair::Ec(pair) => {
                let point = &pair.public_key().as_ref()[1..];
                let (x, y) = point.split_at(point.len() / 2);
                let crv = if x.len() == 32 { "P-256" } else { "P-384" };
                json!({"kty": "EC", "crv": crv, "x": encoded(x), "y": encoded(y)})
            }
            Pair::Rsa(_) => {
                // RSAPublicKey of RFC 8017: SEQUENCE { INTEGER n, INTEGER e }; n of 2048 bits has a zero before it.
                let der = RSA.public_key().as_ref();
                let (n, e) = (&der[8..8 + 257], &der[der.len() - 3..]);
                json!({"kty": "RSA", "n": encoded(n), "e": encoded(e)})
            }
        };
        jwk["kid"] = json!(self.kid);
        jwk
    }

    /// The public half as bytes, for those who take it for a shared secret.
    pub fn public(&self) -> Vec<u8> {
        match &self.pair {
            Pair::Ed25519(pair) => pair.public_key().as_ref().to_vec(),
            Pair::Ec(pair) => pair.public_key().as_ref().to_vec(),
            Pair::Rsa(_) => RSA.public_key().as_ref().to_vec(),
        }
    }

    pub fn head(&self) -> Value {
        json!({"alg": self.algorithm, "kid": self.kid, "typ": "JWT"})
    }

    /// A token with these claims.
    pub fn sign(&self, claims: &Value) -> String {
        self.sign_texts(&self.head().to_string(), &claims.to_string())
    }

    /// A token of these very texts.
    pub fn sign_texts(&self, head: &str, claims: &str) -> String {
        let signed = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(head),
            URL_SAFE_NO_PAD.encode(claims)
        );
        let signature = self.signature(signed.as_bytes());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    fn signature(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match &self.pair {
            Pair::Ed25519(pair) => pair.sign(message).as_ref().to_vec(),
            Pair::Ec(pair) => pair.sign(&random, message).unwrap().as_ref().to_vec(),
            Pair::Rsa(encoding) => {
                let mut signature = vec![0; RSA.public_modulus_len()];
                RSA.sign(*encoding, &random, message, &mut signature).unwrap();
                signature
            }
        }
    }
}

/// What the issuer answers under a path.
#[derive(Clone)]
pub enum Answer {
    Document(String),
    Redirect(String),
    Status(u16),
}

#[derive(Default)]
struct Served {
    answers: Mutex<HashMap<String, Answer>>,
    asked: Mutex<Vec<String>>,
}

/// An issuer on a free port of loopback, until the test ends.
#[derive(Clone)]
pub struct LocalIssuer {
    pub url: String,
    served: Arc<Served>,
}

impl LocalIssuer {
    /// With the keys of these signers.
    pub async fn start(signers: &[&Signer]) -> Self {
        let served = Arc::<Served>::default();
        let router = Router::new().fallback(answer).with_state(Arc::clone(&served));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        let issuer = Self { url, served };
        issuer.describe(&json!({"issuer": issuer.url, "jwks_uri": format!("{}{JWKS}", issuer.url)}));
        issuer.publish(signers);
        issuer
    }

    pub fn describe(&self, document: &Value) {
        self.set(DISCOVERY, Answer::Document(document.to_string()));
    }

    pub fn publish(&self, signers: &[&Signer]) {
        let keys: Vec<Value> = signers.iter().map(|signer| signer.jwk()).collect();
        self.set(JWKS, Answer::Document(json!({"keys": keys}).to_string()));
    }

    pub fn set(&self, path: &str, answer: Answer) {
        lock(&self.served.answers).insert(path.to_owned(), answer);
    }

    /// How often a path was asked for.
    pub fn asked(&self, path: &str) -> usize {
        let asked = lock(&self.served.asked);
        asked.iter().filter(|asked| *asked == path).count()
    }

    /// A gateway that takes its tokens, with more members of the configuration.
    pub fn gateway(&self, more: &Value) -> Authorizer {
        gateway(&format!("{}{DISCOVERY}", self.url), more)
    }

    /// Claims that are good now.
    pub fn claims(&self) -> Value {
        json!({"iss": self.url, "sub": "u1", "exp": NOW_SECONDS + 3600})
    }

    /// Those claims and others.
    pub fn claims_with(&self, more: &Value) -> Value {
        let mut claims = self.claims();
        let members = claims.as_object_mut().unwrap();
        members.extend(more.as_object().unwrap().clone());
        claims
    }
}

async fn answer(State(served): State<Arc<Served>>, request: Request) -> Response<Body> {
    let path = request.uri().path().to_owned();
    let answer = lock(&served.answers).get(&path).cloned();
    lock(&served.asked).push(path);
    let response = Response::builder();
    let response = match answer {
        Some(Answer::Document(text)) => response.body(Body::from(text)),
        Some(Answer::Redirect(to)) => response.status(302).header("location", to).body(Body::empty()),
        Some(Answer::Status(status)) => response.status(status).body(Body::empty()),
        None => response.status(404).body(Body::empty()),
    };
    response.unwrap()
}

/// A gateway with this discovery URL.
pub fn gateway(discovery: &str, more: &Value) -> Authorizer {
    let mut configuration = json!({"discoveryUrl": discovery});
    let members = configuration.as_object_mut().unwrap();
    members.extend(more.as_object().unwrap().clone());
    let union = json!({"customJWTAuthorizer": configuration});
    Authorizer::of("CUSTOM_JWT", Some(&union), "").unwrap()
}

/// The setup of a backend whose gateways are on loopback.
pub fn setup(data_dir: &TempDir) -> Setup {
    drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
    Setup {
        region: "us-east-1".to_owned(),
        listener_is_loopback: true,
        callers: CallersConfig::default(),
        data_dir: data_dir.path().to_owned(),
        switches: Switches::default(),
    }
}

pub fn identities() -> Identities {
    let directory = TempDir::new().unwrap();
    Identities::new(setup(&directory)).unwrap()
}

/// The head of a request with these headers.
pub fn head(headers: &[(&str, &str)]) -> Parts {
    let mut request = http::Request::builder().method("POST").uri("/gateways/g/mcp");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(()).unwrap().into_parts().0
}

/// Who comes with this token at this moment.
pub async fn ask_at(
    identities: &Identities,
    gateway: &Authorizer,
    token: &str,
    now: i64,
) -> Result<Arc<Caller>, Unidentified> {
    let head = head(&[("authorization", &format!("Bearer {token}"))]);
    identities.identify(gateway, &head, b"{}", now).await
}

/// Who comes with this token now.
pub async fn ask(
    identities: &Identities,
    gateway: &Authorizer,
    token: &str,
) -> Result<Arc<Caller>, Unidentified> {
    ask_at(identities, gateway, token, NOW).await
}

/// What is told of a token that is not taken, with its status.
pub async fn refused(identities: &Identities, gateway: &Authorizer, token: &str) -> (u16, String) {
    let refusal = ask(identities, gateway, token).await.expect_err(token);
    (refusal.status(), refusal.message().to_owned())
}
