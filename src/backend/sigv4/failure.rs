//! Why a request is not taken for its sender's, in AWS's words.

/// Why a request is not verified.
#[derive(Debug, PartialEq, Eq)]
pub enum Failure {
    /// It is not signed.
    Missing,
    /// What it shows is not a whole signature.
    Incomplete(String),
    /// The access key is not known, or its session token is another one or none that it has.
    Unrecognized,
    /// The signature is another one, or of another time or scope.
    Invalid(String),
}

impl Failure {
    /// The signature is another one. Says nothing about which.
    pub fn mismatch() -> Self {
        Self::Invalid(
            "The request signature we calculated does not match the signature you provided. Check your AWS Secret \
             Access Key and signing method. Consult the service documentation for details."
                .to_owned(),
        )
    }

    /// What the service says of it.
    pub fn message(&self) -> &str {
        match self {
            Self::Missing => "Missing Authentication Token",
            Self::Unrecognized => "The security token included in the request is invalid.",
            Self::Incomplete(message) | Self::Invalid(message) => message,
        }
    }
}
