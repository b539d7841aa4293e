//! Which tools a principal is shown (service.md 11.6): those that could be called with some arguments, at some time.

use std::collections::BTreeSet;
use std::sync::Arc;

use cedar_policy_core::ast::{EntityUIDEntry, Request};
use cedar_policy_core::evaluator::Evaluator;
use cedar_policy_core::extensions::Extensions;

use super::authorizer::Snapshot;
use super::condition::Truth;
use super::principal::Principal;
use super::request::RequestError;
use super::rule::Mode;
use super::tools::Tool;
use crate::cedar::scope::Effect;

impl Snapshot {
    /// Ids of the actions that a permit could allow this principal, and that no forbid denies whatever the arguments are.
    /// Principal and tags are known; `context` is not, the time in it neither. What is left open by that counts as
    /// possible, also where a closer look could tell that it is not (service.md 11.6).
    ///
    /// # Errors
    /// [`RequestError::NotLoaded`], or a fault of this program: nothing is shown then.
    pub fn listed(&self, principal: &Principal) -> Result<BTreeSet<Arc<str>>, RequestError> {
        let tools = self.tools.as_ref().ok_or(RequestError::NotLoaded)?;
        let mut listed = BTreeSet::new();
        for tool in tools.all() {
            if self.could_allow(principal, tool)? {
                listed.insert(Arc::clone(&tool.action));
            }
        }
        Ok(listed)
    }

    fn could_allow(&self, principal: &Principal, tool: &Tool) -> Result<bool, RequestError> {
        let mut rules = self
            .index
            .candidates(principal, &tool.action, &tool.above)
            .filter(|rule| rule.mode == Mode::Active)
            .peekable();
        if rules.peek().is_none() {
            return Ok(false);
        }
        let others = self.named.iter().cloned().chain([Arc::clone(&principal.entity)]);
        let entities = tool.entities(others).map_err(RequestError::Fault)?;
        let known = |euid| EntityUIDEntry::Known { euid, loc: None };
        let request = Request::new_unchecked(
            EntityUIDEntry::known(principal.uid(), None),
            known(Arc::clone(&tool.uid)),
            known(Arc::clone(&self.gateway)),
            None,
        );
        let evaluator = Evaluator::new(request, &entities, Extensions::all_available());
        let mut permitted = false;
        for rule in rules {
            match (rule.effect, rule.could_apply(&evaluator)) {
                (Effect::Forbid, Truth::True) => return Ok(false),
                (Effect::Permit, Truth::True | Truth::Open) => permitted = true,
                (Effect::Forbid, Truth::Open) | (_, Truth::False) => {}
            }
        }
        Ok(permitted)
    }
}
