//! Where this backend stands (account and region), and the ids and ARNs that follow from it.

use crate::model::{Arn, GatewayArn};
use rand::RngExt as _;

/// Characters of an id that are random (service.md section 3).
const RANDOM: usize = 10;
/// Of which they are in ids of engines and policies, ..
const WITH_UNDERSCORE: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789_";
/// .. of gateways ..
const LOWER_CASE: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";
/// .. and of targets.
const BOTH_CASES: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/// Account and region.
#[derive(Clone, Debug)]
pub struct Place {
    /// Region, such as `us-east-1`.
    pub region: String,
    /// Twelve-digit account id.
    pub account: String,
    /// What the URLs of gateways begin with, when they are served here: such as `http://127.0.0.1:8788`.
    pub gateways: Option<String>,
}

impl Place {
    /// ARN of an engine here.
    pub fn engine_arn(&self, engine: &str) -> String {
        Arn::engine(&self.region, &self.account, engine).to_string()
    }

    /// ARN of a policy here.
    pub fn policy_arn(&self, engine: &str, policy: &str) -> String {
        Arn::engine(&self.region, &self.account, engine)
            .policy(policy)
            .to_string()
    }

    /// ARN of a policy generation here.
    pub fn generation_arn(&self, engine: &str, generation: &str) -> String {
        format!("{}/policy-generation/{generation}", self.engine_arn(engine))
    }

    /// ARN of a gateway here.
    pub fn gateway_arn(&self, gateway: &str) -> String {
        let (region, account) = (self.region.clone(), self.account.clone());
        let gateway_id = gateway.to_owned();
        GatewayArn {
            region,
            account,
            gateway_id,
        }
        .to_string()
    }

    /// Where a gateway is served: here, or where AWS would serve it (service.md section 3).
    pub fn gateway_url(&self, gateway: &str) -> String {
        if let Some(base) = &self.gateways {
            return format!("{base}/{gateway}/mcp");
        }
        format!(
            "https://{gateway}.gateway.bedrock-agentcore.{}.amazonaws.com/mcp",
            self.region
        )
    }

    /// ARN of the workload identity that the service makes for a gateway.
    pub fn workload_identity_arn(&self, gateway: &str) -> String {
        let Self { region, account, .. } = self;
        format!(
            "arn:aws:bedrock-agentcore:{region}:{account}:workload-identity-directory/default/workload-identity/\
             {gateway}"
        )
    }

    /// Whether an engine or policy is of this account and region.
    pub fn holds(&self, arn: &Arn) -> bool {
        arn.region == self.region && arn.account == self.account
    }

    /// Id of the gateway that an ARN of this account and region names.
    pub fn gateway_id(&self, arn: &str) -> Option<String> {
        GatewayArn::parse(arn)
            .filter(|arn| arn.region == self.region && arn.account == self.account)
            .map(|arn| arn.gateway_id)
    }
}

/// A new id of an engine or policy: the name, `-`, and ten random characters of `[a-z0-9_]`.
pub fn new_id(name: &str) -> String {
    format!("{name}-{}", random(WITH_UNDERSCORE))
}

/// A new id of a gateway: the name in lower case, `-`, and ten random characters of `[0-9a-z]`.
pub fn new_gateway_id(name: &str) -> String {
    format!("{}-{}", name.to_ascii_lowercase(), random(LOWER_CASE))
}

/// A new id of a target: ten random characters of `[0-9a-zA-Z]`.
pub fn new_target_id() -> String {
    random(BOTH_CASES)
}

fn random(alphabet: &[u8]) -> String {
    let mut random = rand::rng();
    let bytes = (0..RANDOM).filter_map(|_| alphabet.get(random.random_range(0..alphabet.len())));
    bytes.map(|&byte| char::from(byte)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_hold_ten_random_characters_of_their_kind() {
        type Kind = (fn() -> String, &'static str, fn(char) -> bool);
        let lower = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        let kinds: [Kind; 3] = [
            (
                || new_id("E"),
                "E-",
                |c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_',
            ),
            (|| new_gateway_id("My-Gateway"), "my-gateway-", lower),
            (new_target_id, "", |c| c.is_ascii_alphanumeric()),
        ];
        for (make, prefix, allowed) in kinds {
            assert_ne!(make(), make());
            let id = make();
            let random = id.strip_prefix(prefix).unwrap();
            assert!(random.len() == 10 && random.chars().all(allowed), "{id}");
        }
    }

    #[test]
    fn only_gateways_of_this_account_and_region_are_here() {
        let place = |region: &str, account: &str| Place {
            region: region.to_owned(),
            account: account.to_owned(),
            gateways: None,
        };
        let here = place("us-east-1", "123456789012");
        let arn = here.gateway_arn("g-0123456789");
        assert_eq!(here.gateway_id(&arn).as_deref(), Some("g-0123456789"));
        assert_eq!(place("eu-west-1", "123456789012").gateway_id(&arn), None);
        assert_eq!(place("us-east-1", "210987654321").gateway_id(&arn), None);
    }
}
