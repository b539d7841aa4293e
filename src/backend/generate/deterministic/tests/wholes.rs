//! Texts of more than one sentence, where one limits another: they are refused as one.

use super::readings::refused;
use super::{GATEWAY, tool};
use crate::backend::generate::deterministic::write;
use crate::backend::generate::{Draft, Outcome};
use crate::model::Tool;
use serde_json::{Value, json};

/// The tools of `examples/generation/tools.yaml`, in short.
pub(super) fn shop() -> Vec<Tool> {
    let of =
        |name: &str, properties: &Value, required: &[&str]| tool("Orders", name, "", properties, required);
    let order = json!({"orderId": {"type": "string"}});
    vec![
        of(
            "process_refund",
            &json!({"amount": {"type": "integer"}, "orderId": {"type": "string"}, "region": {"type": "string"}}),
            &["amount", "orderId", "region"],
        ),
        of("cancel_order", &order, &["orderId"]),
        of("view_order", &order, &["orderId"]),
    ]
}

const LIMITS: [&str; 73] = [
    "Only when the amount is under $500.",
    "Unless the amount is over $500.",
    "Except for amounts over $500.",
    "This only applies when the amount is under $500.",
    "but only when the amount is under $500.",
    "(Only under $500.)",
    "\"Only when the amount is under $500\"",
    "\"Only under $500.\"",
    "*Only under $500*",
    "**Only** when the amount is under $500.",
    "Up to $500.",
    "Under $500",
    "And only if the amount is under $500",
    "The amount must be under $500",
    "Amounts must be under $500.",
    "Between 9am and 5pm UTC.",
    "Maximum $500",
    "At most $500.",
    "Exception: amounts over $500",
    "Note: only under $500.",
    "So long as the amount is under $500",
    "Never over $500",
    "This must be under $500",
    "But they must have the role manager",
    "Limit it to $500.",
    "Make sure the amount is under $500.",
    "Require approval.",
    "Amounts over $500 are forbidden.",
    "Anything over $500 is not allowed.",
    "Refunds must be under $500.",
    "Refunds under $500 only.",
    "Refunds cannot be over $500.",
    "Refunds may not exceed $500.",
    "Refunds are only allowed below a reasonable amount.",
    "Cannot exceed $500.",
    "May not exceed $500.",
    "It is only allowed under $500.",
    "This is only allowed under $500.",
    "They may only process refunds under $500.",
    "They can not do this for more than $500.",
    "Allow this only under $500.",
    "Only allow it under $500.",
    "Never allow it over $500.",
    "Block amounts over $500.",
    "Allow at most $500.",
    "Users may not exceed $500.",
    "Users can do so only with approval.",
    "Users may do it only when approved.",
    "Only managers may.",
    "Only managers.",
    "Guests are not allowed.",
    "Managers only!",
    "Only during business hours.",
    "Only with approval.",
    "Not on weekends.",
    "No more than $500.",
    "If approved.",
    "When the amount is under $500.",
    "Otherwise forbid it.",
    "However, not over $500.",
    "Provided that the amount is under $500.",
    "As long as the amount is under $500.",
    "Without exceptions over $500.",
    "Where the amount is under $500.",
    "≤ $500",
    "< $500",
    "amount <= 500",
    "In May 2026 only.",
    "**They** may only process refunds under $500.",
    "(They may only process refunds under $500.)",
    "**Unless** users can view more than $500.",
    "Conditions:\n- Amount under $500",
    "# Limits\n- $500",
];

#[test]
fn what_may_limit_a_requirement_is_refused_with_it() {
    let tools = shop();
    let wide = "Allow users with role agent to process refunds";
    let separators = [
        ". ",
        ".\n",
        ";\n",
        ".\r\n",
        ".\n\n",
        "\n\n",
        ";\r\n\r\n",
        ".\n- ",
        "\n• ",
        ".\n2. ",
        "\n* ",
        ".. ",
        "... ",
        "!\n",
        ".\n▪ ",
        ".\n— ",
        ".\n> ",
        ".\u{2028}",
        "\n",
    ];
    let mut wrong = Vec::new();
    for limit in LIMITS {
        for separator in separators {
            let text = format!("{wide}{separator}{limit}");
            for draft in write(&text, &tools, GATEWAY) {
                if let Outcome::Statement(statement) = draft.outcome
                    && !statement.contains("500")
                {
                    wrong.push(format!("{text:?}: {statement}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_limit_in_front_is_refused_with_what_it_may_limit() {
    let tools = shop();
    for text in [
        "Under $500 only.\nAllow users to process refunds.",
        "Only during business hours.\nAllow users to process refunds",
        "When the amount is under $500:\n- Allow users to process refunds\n- Allow users to cancel orders",
        "For users with role manager:\nAllow everyone to process refunds",
        "Managers:\n- Allow users to process refunds",
        "## Under $500\nAllow users to process refunds",
        "Hello!\nUnder $500 only.\nAllow users to process refunds.",
        "Rules:\nFor managers:\n- Allow users to process refunds",
        "Allow users to process refunds.\nAllow users to cancel orders.\nThese rules only apply to managers.",
        "Allow users to process refunds. Allow users to cancel orders. Both only under $500.",
    ] {
        for why in refused(text, &tools) {
            assert!(why.contains('`'), "{text}: {why}");
        }
    }
}

#[test]
fn a_limit_reaches_back_to_the_first_requirement_that_it_may_be_about() {
    let tools = shop();
    for text in [
        "Users can process refunds. Users can cancel orders. Manager approval needed.",
        "Allow refunds. Allow users to cancel orders. Refunds up to $500.",
        "Allow refunds. Managers can process refunds. Up to $500.",
        "Allow refunds. Thanks! Allow users to view orders. Amounts must be under $500.",
        "Users may cancel orders. Deny guests.",
        "Allow users to view orders. Block suspicious ones.",
        "Users can cancel orders. Prohibit first class.",
        "Users may view orders. Block anything unreviewed.",
        "Users may cancel orders. Disallow bulk operations.",
        "Allow users to process refunds. Block requests with violent content.",
    ] {
        refused(text, &tools);
    }
    let drafts = write(
        "Allow users to view orders. Allow refunds. Allow users to cancel orders. Refunds up to $500.",
        &tools,
        GATEWAY,
    );
    assert_eq!(drafts.len(), 2, "{drafts:?}");
    assert_eq!(drafts[0].fragment, "Allow users to view orders");
    assert!(matches!(drafts[0].outcome, Outcome::Statement(_)), "{drafts:?}");
    assert!(
        matches!(drafts[1].outcome, Outcome::NotTranslatable(_)),
        "{drafts:?}"
    );
}

#[test]
fn a_condition_of_one_part_of_a_sentence_may_be_meant_of_all_of_it() {
    let tools = shop();
    for text in [
        "If the user has role agent, allow users to process refunds, allow users to view orders, let users cancel orders",
        "If the user has role agent, allow users to process refunds; allow users to view orders",
        "For users with role agent: allow processing refunds; allow viewing orders",
        "When their role is agent: users may process refunds; users may view orders",
        "Only users with role agent: allow refunds; allow viewing orders",
        "Only between 9am and 5pm UTC: users may process refunds; users may view orders",
        "Between 9am and 5pm UTC, users may process refunds; users may view orders",
        "When the amount is over $500: forbid refunds; forbid viewing orders",
        "Allow users to process refunds, let users cancel orders, only when their role is agent",
        "Allow users to view orders; allow users to cancel orders; only when their role is agent",
        "If the user has role admin, allow users to view orders. Also allow users to cancel orders.",
        "Allow users with role admin to view orders, allow cancelling orders",
    ] {
        refused(text, &tools);
    }
    for text in [
        "Allow users to view orders; forbid users from cancelling orders unless their role is agent",
        "Allow users to view orders, forbid users from cancelling orders",
        "When the amount is over $500, block refunds. Allow users to view orders.",
        "Allow users with role agent to view orders; allow users to cancel orders",
    ] {
        let drafts = write(text, &tools, GATEWAY);
        let translated = |draft: &Draft| matches!(draft.outcome, Outcome::Statement(_));
        assert!(
            drafts.len() == 2 && drafts.iter().all(translated),
            "{text}: {drafts:?}"
        );
    }
}

#[test]
fn a_requirement_of_its_own_that_is_refused_leaves_the_others() {
    let tools = shop();
    for (text, translated) in [
        ("Allow users to process refunds. Happy users can cheer.", 1),
        (
            "Allow users to process refunds. Block refunds over a reasonable amount.",
            1,
        ),
        ("Allow users to process refunds. Managers can process refunds.", 1),
        (
            "Allow users to process refunds. Allow users to delete accounts.",
            1,
        ),
        (
            "Allow users to process refunds. Do not permit any other tools.",
            1,
        ),
        (
            "Allow users to process refunds. Deny all other users from viewing orders.",
            1,
        ),
        (
            "Rules:\n- Allow users to process refunds\n- Allow users to view orders\nThanks!",
            2,
        ),
        (
            "# Refunds\nAllow users to process refunds\n# Orders\nAllow users to view orders",
            2,
        ),
        (
            "Please create policies for the following requirements:\n1. Allow users to view orders",
            1,
        ),
    ] {
        let drafts = write(text, &tools, GATEWAY);
        let found = drafts
            .iter()
            .filter(|draft| matches!(draft.outcome, Outcome::Statement(_)));
        assert_eq!(found.count(), translated, "{text}: {drafts:?}");
        assert!(drafts.len() > translated, "{text}: {drafts:?}");
    }
}

#[test]
fn what_limits_is_told_and_is_one_with_what_it_limits() {
    let text = "Allow users to process refunds.\n\nUp to $500.";
    let drafts = write(text, &shop(), GATEWAY);
    assert_eq!(drafts.len(), 1, "{drafts:?}");
    assert_eq!(drafts[0].fragment, text.trim_end_matches('.'));
    let told = "not understood from `Up to $500`: this may limit what is said before it, so both are refused; \
                say it in the sentence that it limits";
    assert_eq!(drafts[0].outcome, Outcome::NotTranslatable(told.to_owned()));
}
