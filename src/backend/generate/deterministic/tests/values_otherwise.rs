//! Texts that would be compared as they stand, where something else is meant: another argument, a claim, a pattern, a range,
//! several in one word, the end of an address.

use super::readings::{all_refused, statement};
use super::tool;
use crate::model::Tool;
use serde_json::json;

fn tools() -> Vec<Tool> {
    let text = || json!({"type": "string"});
    let properties = json!({
        "from_account": text(), "toAccount": text(), "memo": text(), "ownerId": text(), "region": text(), "version": text(),
        "severity": text(), "source_ip": text(), "path": text(), "destination": {"type": "object", "properties": {"country": text()}},
        "origin": {"type": "object", "properties": {"country": text()}},
        "recipients": {"type": "array", "items": text()}, "side": {"type": "string", "enum": ["a/b", "memo"]},
        "carrier": {"type": "string", "description": "Carrier: memo, ups"},
    });
    vec![tool(
        "Desk",
        "move_funds",
        "",
        &properties,
        &["from_account", "toAccount"],
    )]
}

#[test]
fn another_argument_or_a_claim_is_no_text() {
    all_refused(
        &tools(),
        "may be another argument or a claim",
        &[
            "Allow users to move funds when from_account is not to_account",
            "Forbid move_funds when from_account equals toAccount",
            "Forbid move_funds when from_account = TO_ACCOUNT",
            "Forbid move_funds when the memo is destination",
            "Forbid move_funds when the memo is to-account",
            "Allow users to move funds when ownerId is not the fromAccount",
            "Allow users to move funds when the memo is one of from_account and \"x\"",
            "Forbid move_funds when the destination country is not origin.country",
            "Forbid move_funds when the memo is destination.city",
            "Allow users to move funds when from_account starts with to_account",
            "Allow users to move funds when ownerId matches toAccount",
            "Allow users to move funds when the recipients contain from_account",
            "Allow users to move funds with memo to_account",
            "Allow users to move funds when ownerId equals principal.sub",
            "Forbid move_funds when ownerId is not user.id",
            "Forbid move_funds unless ownerId is jwt:sub",
            "Forbid move_funds unless ownerId is claims.tenant_id",
            "Forbid move_funds unless ownerId is context.input.memo",
            "Allow users to move funds when ownerId equals client_id",
            "Allow users to move funds when ownerId is userId",
            "Allow users whose sub equals customer_id to move funds",
            "Allow users whose sub equals from_account to move funds",
            "Allow users whose department is region to move funds",
            "Allow users whose username is sub to move funds",
            "Allow the user from_account to move funds",
        ],
    );
    for (text, said) in [
        (
            "Allow users to move funds when the memo is \"to_account\"",
            "context.input.memo == \"to_account\"",
        ),
        (
            "Forbid move_funds when from_account is acc_1",
            "context.input.from_account == \"acc_1\"",
        ),
        ("Forbid move_funds when the carrier is memo", "== \"memo\""),
        ("Forbid move_funds when the side is memo", "::\"memo\""),
        (
            "Allow users with role memo to move funds",
            "principal.getTag(\"role\") == \"memo\"",
        ),
        (
            "Allow users with scope funds.write to move funds",
            "like \"*funds.write*\"",
        ),
        ("Forbid move_funds when the version is v1.2", "== \"v1.2\""),
    ] {
        let statement = statement(text, &tools());
        assert!(statement.contains(said), "{text}: {statement}");
    }
}

#[test]
fn a_star_is_a_pattern_only_behind_matches() {
    all_refused(
        &tools(),
        "any text only behind `matches`",
        &[
            "Forbid move_funds when the region is \"us-*\"",
            "Forbid move_funds when the region is us-*",
            "Forbid move_funds when the region is not \"us-*\"",
            "Forbid move_funds when the region is one of \"us-*\" and \"eu-*\"",
            "Forbid move_funds when the path contains \"*.exe\"",
            "Forbid move_funds when the path starts with \"/etc/*\"",
            "Forbid move_funds when the recipients contain \"*@x.com\"",
            "Allow users with scope \"admin:*\" to move funds",
            "Allow users with scope admin:* to move funds",
            "Forbid users whose email is \"*@gmail.com\" from moving funds",
            "Allow users whose groups contain \"ops-*\" to move funds",
            "Allow user \"svc-*\" to move funds",
        ],
    );
    let said = statement("Forbid move_funds when the region matches \"us-*\"", &tools());
    assert!(said.contains("context.input.region like \"us-*\""), "{said}");
}

#[test]
fn several_texts_in_one_word_are_no_text() {
    all_refused(
        &tools(),
        "can be one text or",
        &[
            "Forbid move_funds when the region is us-east-1/us-west-2",
            "Forbid move_funds when the region is US/CA",
            "Forbid move_funds when the version is v1/v2",
            "Allow users with scope orders:read/orders:write to move funds",
            "Forbid users in group grp_a/grp_b from moving funds",
            "Allow users with role lvl1/lvl2 to move funds",
            "Forbid move_funds when the severity is SEV1-SEV3",
            "Forbid move_funds when the severity is P1-P3",
            "Forbid move_funds when the severity is P3+",
            "Forbid move_funds when the severity is Mon-Fri",
            "Forbid move_funds when the version is v2+",
            "Forbid move_funds when the version is v1.x",
            "Forbid users with role lvl1-lvl3 from moving funds",
            "Allow users whose clearance is 3+ to move funds",
            "Forbid users whose clearance is 1-2 from moving funds",
        ],
    );
    all_refused(
        &tools(),
        "addresses are compared as texts",
        &[
            "Forbid users from moving funds when source_ip is not in 10.0.0.0/8",
            "Allow users to move funds when the source_ip is 10.0.0.0/8",
            "Allow users to move funds when the source_ip is in \"10.0.0.0/8\"",
        ],
    );
    for text in [
        "Forbid move_funds when the region is \"US/CA\"",
        "Forbid move_funds when the severity is \"P1-P3\"",
        "Forbid move_funds when the version is \"v2+\"",
        "Forbid move_funds when the source_ip is \"10.0.0.0/8\"",
        "Forbid move_funds when the source_ip is 10.1.2.3",
        "Forbid move_funds when the region is us-east-1",
        "Forbid move_funds when the side is a/b",
        "Allow users with email jane+x@acme.com to move funds",
        "Allow users with role senior-adjuster to move funds",
    ] {
        statement(text, &tools());
    }
}

#[test]
fn the_end_of_an_address_is_no_address() {
    all_refused(
        &tools(),
        "only the end of an address",
        &[
            "Forbid move_funds when the recipients contain \"@competitor.com\"",
            "Forbid move_funds when the recipients contain @competitor.com",
            "Forbid move_funds when the memo is \"@competitor.com\"",
            "Forbid move_funds when the memo is \"a@x.com\" or \"@x.com\"",
            "Allow users whose email is @acme.com to move funds",
            "Allow users with email \"@acme.com\" to move funds",
        ],
    );
    for (text, said) in [
        (
            "Forbid move_funds when the memo ends with \"@x.com\"",
            "context.input.memo like \"*@x.com\"",
        ),
        (
            "Forbid move_funds when the memo contains @x.com",
            "context.input.memo like \"*@x.com*\"",
        ),
        (
            "Allow users whose email contains \"@acme.com\" to move funds",
            "principal.getTag(\"email\") like \"*@acme.com*\"",
        ),
    ] {
        let statement = statement(text, &tools());
        assert!(statement.contains(said), "{text}: {statement}");
    }
}

#[test]
fn a_claim_is_asked_for_by_how_it_begins_and_ends() {
    for (text, said) in [
        (
            "Allow users whose email ends with \"@acme.com\" to move funds",
            "principal.hasTag(\"email\") &&\n  principal.getTag(\"email\") like \"*@acme.com\"",
        ),
        (
            "Allow users whose email ends with @acme.com to move funds",
            "principal.getTag(\"email\") like \"*@acme.com\"",
        ),
        (
            "Forbid users whose username starts with \"ext-\" from moving funds",
            "principal.getTag(\"username\") like \"ext-*\"",
        ),
        (
            "Allow users to move funds when their email matches \"*@acme.com\"",
            "principal.getTag(\"email\") like \"*@acme.com\"",
        ),
        (
            "Forbid users whose email does not end with \"@acme.com\" from moving funds",
            "!(principal.hasTag(\"email\") && principal.getTag(\"email\") like \"*@acme.com\")",
        ),
    ] {
        let statement = statement(text, &tools());
        assert!(statement.contains(said), "{text}: {statement}");
    }
    all_refused(
        &tools(),
        "is a list as one text",
        &[
            "Allow users whose scope starts with \"orders:\" to move funds",
            "Allow users to move funds when their groups end with \"-admin\"",
        ],
    );
    all_refused(
        &tools(),
        "`not .. or ..`",
        &["Forbid users whose email does not end with \"@a.com\" or \"@b.com\" from moving funds"],
    );
}

#[test]
fn a_text_begins_with_one_of_several() {
    for (text, said) in [
        (
            "Forbid move_funds when the path starts with \"/etc\" or \"/var\"",
            "context.input.path like \"/etc*\") || (context.input has path && context.input.path like \"/var*\")",
        ),
        (
            "Forbid move_funds when the path ends with \".exe\", \".bat\" or \".sh\"",
            "like \"*.sh\"",
        ),
    ] {
        let statement = statement(text, &tools());
        assert!(statement.contains(said), "{text}: {statement}");
    }
    all_refused(
        &tools(),
        "`not .. or ..`",
        &["Forbid move_funds when the path does not start with \"/etc\" or \"/var\""],
    );
}
