//! ARNs of gateways (service.md section 3).

use super::arn::place_and_path;
use std::fmt;

/// An ARN of a gateway: `arn:aws:bedrock-agentcore:{region}:{account}:gateway/{gateway}`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GatewayArn {
    /// AWS region, such as `us-east-1`.
    pub region: String,
    /// Twelve-digit account id.
    pub account: String,
    /// Id of the gateway: its name in lower case, `-`, ten characters.
    pub gateway_id: String,
}

impl GatewayArn {
    /// Reads an ARN; the partition may be any of AWS's (`aws`, `aws-cn`, ..). None when the text is no such ARN.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (region, account, path) = place_and_path(text)?;
        let id = path.strip_prefix("gateway/")?;
        (!id.is_empty() && !id.contains('/')).then(|| Self {
            region: region.to_owned(),
            account: account.to_owned(),
            gateway_id: id.to_owned(),
        })
    }
}

impl fmt::Display for GatewayArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            region,
            account,
            gateway_id,
        } = self;
        write!(
            f,
            "arn:aws:bedrock-agentcore:{region}:{account}:gateway/{gateway_id}"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_written_is_read_again(gateway_id in "([0-9a-z]-?){1,48}-[0-9a-z]{10}") {
            let (region, account) = ("eu-west-1".to_owned(), "123456789012".to_owned());
            let arn = GatewayArn { region, account, gateway_id };
            prop_assert_eq!(GatewayArn::parse(&arn.to_string()), Some(arn));
        }

        #[test]
        fn no_text_makes_it_panic(text in ".*") {
            drop(GatewayArn::parse(&text));
        }
    }

    #[test]
    fn other_resources_are_none() {
        for text in [
            "arn:aws:bedrock-agentcore:us-east-1:123456789012:policy-engine/e-1234567890",
            "arn:aws:bedrock-agentcore:us-east-1:123456789012:gateway/",
            "arn:aws:bedrock-agentcore:us-east-1:123456789012:gateway/g-1234567890/target/t",
            "arn:aws:bedrock:us-east-1:123456789012:gateway/g-1234567890",
            "g-1234567890",
        ] {
            assert_eq!(GatewayArn::parse(text), None, "{text}");
        }
    }
}
