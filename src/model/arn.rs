//! ARNs of `AgentCore` resources (service.md section 3).

use std::fmt;

/// An ARN of a policy engine or of a policy in it.
///
/// `arn:aws:bedrock-agentcore:{region}:{account}:policy-engine/{engine}[/policy/{policy}]`
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Arn {
    /// AWS region, such as `us-east-1`.
    pub region: String,
    /// Twelve-digit account id.
    pub account: String,
    /// Id of the engine (`<name>-<10 characters>`).
    pub engine_id: String,
    /// Id of the policy, when the ARN names one.
    pub policy_id: Option<String>,
}

/// Why a text is not an ARN of a policy engine or policy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an ARN of a policy engine or policy: {0}")]
pub struct ArnError(String);

impl Arn {
    /// The ARN of a policy engine.
    #[must_use]
    pub fn engine(region: &str, account: &str, engine_id: &str) -> Self {
        Self {
            region: region.to_owned(),
            account: account.to_owned(),
            engine_id: engine_id.to_owned(),
            policy_id: None,
        }
    }

    /// The ARN of a policy in this engine.
    #[must_use]
    pub fn policy(mut self, policy_id: &str) -> Self {
        self.policy_id = Some(policy_id.to_owned());
        self
    }

    /// Reads an ARN; the partition may be any of AWS's (`aws`, `aws-cn`, ..).
    ///
    /// # Errors
    /// [`ArnError`] when the text is not of that form.
    pub fn parse(text: &str) -> Result<Self, ArnError> {
        let refuse = || ArnError(text.to_owned());
        let (region, account, path) = place_and_path(text).ok_or_else(refuse)?;
        let mut path = path.split('/');
        if path.next() != Some("policy-engine") {
            return Err(refuse());
        }
        let engine_id = path.next().filter(|id| !id.is_empty()).ok_or_else(refuse)?;
        let arn = Self::engine(region, account, engine_id);
        match (path.next(), path.next(), path.next()) {
            (None, None, None) => Ok(arn),
            (Some("policy"), Some(policy), None) if !policy.is_empty() => Ok(arn.policy(policy)),
            _ => Err(refuse()),
        }
    }
}

/// Region, account and what comes after them in an ARN of the service, whatever the partition.
pub(super) fn place_and_path(arn: &str) -> Option<(&str, &str, &str)> {
    let mut parts = arn.splitn(6, ':');
    let (prefix, partition, service) = (parts.next()?, parts.next()?, parts.next()?);
    let known = prefix == "arn" && partition.starts_with("aws") && service == "bedrock-agentcore";
    known.then_some((parts.next()?, parts.next()?, parts.next()?))
}

impl fmt::Display for Arn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            region,
            account,
            engine_id,
            policy_id,
        } = self;
        write!(
            f,
            "arn:aws:bedrock-agentcore:{region}:{account}:policy-engine/{engine_id}"
        )?;
        match policy_id {
            Some(policy) => write!(f, "/policy/{policy}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_written_is_read_again(
            engine in "[A-Za-z][A-Za-z0-9_]{0,47}-[a-z0-9_]{10}",
            policy in proptest::option::of("[A-Za-z][A-Za-z0-9_]{0,47}-[a-z0-9_]{10}"),
        ) {
            let arn = Arn::engine("eu-west-1", "123456789012", &engine);
            let arn = match &policy { Some(p) => arn.policy(p), None => arn };
            prop_assert_eq!(Arn::parse(&arn.to_string()), Ok(arn));
        }

        #[test]
        fn no_text_makes_it_panic(text in ".*") {
            drop(Arn::parse(&text));
        }
    }

    #[test]
    fn other_resources_are_refused() {
        for text in [
            "arn:aws:bedrock-agentcore:us-east-1:123456789012:gateway/g-1234567890",
            "arn:aws:s3:::bucket",
            "arn:aws:bedrock-agentcore:us-east-1:123456789012:policy-engine/",
            "arn:aws:bedrock-agentcore:us-east-1:123456789012:policy-engine/e-1/policy/p-1/x",
            "e-1234567890",
        ] {
            assert!(Arn::parse(text).is_err(), "{text}");
        }
    }
}
