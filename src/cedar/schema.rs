//! The Cedar schema that policies are validated against.

use std::sync::LazyLock;

/// What principals, actions and contexts exist.
///
/// For now only the part that every policy engine has; the tools of its gateways will add to it.
pub struct Schema {
    pub(super) validator: cedar_policy::Validator,
}

static FIXED: LazyLock<Schema> = LazyLock::new(|| {
    #[expect(
        clippy::expect_used,
        reason = "the text is part of the program and every test parses it"
    )]
    let (schema, _warnings) = cedar_policy::Schema::from_cedarschema_str(include_str!("fixed.cedarschema"))
        .expect("the fixed schema is well-formed");
    Schema {
        validator: cedar_policy::Validator::new(schema),
    }
});

impl Schema {
    /// The part of the schema that does not depend on any gateway (service.md 10.3).
    #[must_use]
    pub fn fixed() -> &'static Self {
        &FIXED
    }
}
