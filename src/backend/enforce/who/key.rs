//! A public key of a key set (RFC 7517), and what is signed with it.
//!
//! The algorithm of a token has to fit the key: its kind, its curve, and what the key says it is for. There is no
//! algorithm with a shared secret, and none without a signature.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256,
    RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512, RsaParameters, RsaPublicKeyComponents,
    UnparsedPublicKey, VerificationAlgorithm,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

/// An algorithm that tokens may be signed with (RFC 7518 section 3.1, RFC 8037).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Algorithm {
    Rs256,
    Rs384,
    Rs512,
    Ps256,
    Ps384,
    Ps512,
    Es256,
    Es384,
    EdDsa,
}

/// Each by its name in `alg`; RFC 9864 has a second one for `EdDSA`.
const ALGORITHMS: [(&str, Algorithm); 10] = [
    ("RS256", Algorithm::Rs256),
    ("RS384", Algorithm::Rs384),
    ("RS512", Algorithm::Rs512),
    ("PS256", Algorithm::Ps256),
    ("PS384", Algorithm::Ps384),
    ("PS512", Algorithm::Ps512),
    ("ES256", Algorithm::Es256),
    ("ES384", Algorithm::Es384),
    ("EdDSA", Algorithm::EdDsa),
    ("Ed25519", Algorithm::EdDsa),
];

impl Algorithm {
    /// The algorithm of this very name.
    pub fn named(name: &str) -> Option<Self> {
        let found = ALGORITHMS.iter().find(|(known, _)| *known == name);
        found.map(|(_, algorithm)| *algorithm)
    }

    fn of_rsa(self) -> Option<&'static RsaParameters> {
        match self {
            Self::Rs256 => Some(&RSA_PKCS1_2048_8192_SHA256),
            Self::Rs384 => Some(&RSA_PKCS1_2048_8192_SHA384),
            Self::Rs512 => Some(&RSA_PKCS1_2048_8192_SHA512),
            Self::Ps256 => Some(&RSA_PSS_2048_8192_SHA256),
            Self::Ps384 => Some(&RSA_PSS_2048_8192_SHA384),
            Self::Ps512 => Some(&RSA_PSS_2048_8192_SHA512),
            Self::Es256 | Self::Es384 | Self::EdDsa => None,
        }
    }
}

/// What a key is made of. RSA keys of less than 2048 bits verify nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Material {
    Rsa { modulus: Vec<u8>, exponent: Vec<u8> },
    P256(Vec<u8>),
    P384(Vec<u8>),
    Ed25519(Vec<u8>),
}

/// A key that signatures can be verified with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Key {
    /// What tokens call it.
    pub kid: Option<String>,
    /// The one algorithm that it is for, when it says so.
    algorithm: Option<Algorithm>,
    material: Material,
}

impl Key {
    /// A key of a key set; none when it is for something else, or of a kind that is not known here.
    pub fn of_jwk(jwk: &Value) -> Option<Self> {
        let text = |name: &str| jwk.get(name).map(Value::as_str);
        // A member that is there must be a text.
        let optional = |name: &str| match text(name) {
            None => Some(None),
            Some(Some(text)) => Some(Some(text)),
            Some(None) => None,
        };
        if optional("use")?.is_some_and(|r#use| r#use != "sig") {
            return None;
        }
        if let Some(operations) = jwk.get("key_ops")
            && !operations
                .as_array()?
                .iter()
                .any(|operation| operation == "verify")
        {
            return None;
        }
        let algorithm = match optional("alg")? {
            Some(name) => Some(Algorithm::named(name)?),
            None => None,
        };
        let bytes = |name: &str| URL_SAFE_NO_PAD.decode(text(name)??).ok();
        let point = |length: usize| {
            let (x, y) = (bytes("x")?, bytes("y")?);
            (x.len() == length && y.len() == length).then(|| [vec![4], x, y].concat())
        };
        let material = match (text("kty")??, optional("crv")?) {
            ("RSA", _) => Material::Rsa {
                modulus: without_zeros(&bytes("n")?),
                exponent: without_zeros(&bytes("e")?),
            },
            ("EC", Some("P-256")) => Material::P256(point(32)?),
            ("EC", Some("P-384")) => Material::P384(point(48)?),
            ("OKP", Some("Ed25519")) => Material::Ed25519(bytes("x").filter(|x| x.len() == 32)?),
            _ => return None,
        };
        let kid = optional("kid")?.map(str::to_owned);
        let key = Self {
            kid,
            algorithm,
            material,
        };
        let usable = key.algorithm.is_none_or(|algorithm| key.fits(algorithm));
        usable.then_some(key)
    }

    /// The public half of an Ed25519 key.
    pub fn of_ed25519(kid: String, public: &[u8]) -> Self {
        Self {
            kid: Some(kid),
            algorithm: Some(Algorithm::EdDsa),
            material: Material::Ed25519(public.to_vec()),
        }
    }

    /// Whether it may verify what was signed with this algorithm.
    pub fn fits(&self, algorithm: Algorithm) -> bool {
        let of_kind = match &self.material {
            Material::Rsa { .. } => algorithm.of_rsa().is_some(),
            Material::P256(_) => algorithm == Algorithm::Es256,
            Material::P384(_) => algorithm == Algorithm::Es384,
            Material::Ed25519(_) => algorithm == Algorithm::EdDsa,
        };
        of_kind && self.algorithm.is_none_or(|own| own == algorithm)
    }

    /// Whether this is the key's signature of the message.
    pub fn verifies(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        if !self.fits(algorithm) {
            return false;
        }
        let by = |rule: &'static dyn VerificationAlgorithm, key: &[u8]| {
            UnparsedPublicKey::new(rule, key)
                .verify(message, signature)
                .is_ok()
        };
        match &self.material {
            Material::Rsa { modulus, exponent } => algorithm.of_rsa().is_some_and(|rule| {
                let (n, e) = (modulus, exponent);
                RsaPublicKeyComponents { n, e }
                    .verify(rule, message, signature)
                    .is_ok()
            }),
            Material::P256(point) => by(&ECDSA_P256_SHA256_FIXED, point),
            Material::P384(point) => by(&ECDSA_P384_SHA384_FIXED, point),
            Material::Ed25519(public) => by(&ED25519, public),
        }
    }
}

/// A number without the zeros that some issuers write before it.
fn without_zeros(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().copied().skip_while(|byte| *byte == 0).collect()
}
