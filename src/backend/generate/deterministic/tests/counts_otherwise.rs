//! Amounts that would be taken for another currency, another scale or another unit than the argument counts in, or for how many of them.

use super::otherwise::with;
use super::readings::{all_refused, refused, statement};
use super::tool;
use serde_json::json;

const MONEY: [&str; 31] = [
    "Amount in hundredths of a dollar",
    "Amount; 100 means $1.00",
    "Amount in USD x100",
    "Amount, 1/100 USD",
    "Amount in basis units of 0.01 USD",
    "Amount in tens of dollars",
    "Amount in tens of US dollars",
    "Amount in mn USD",
    "Amount in billions of USD",
    "Amount in lakhs",
    "Amount in crore",
    "Amount in Canadian dollars",
    "Amount in Hong Kong dollars",
    "Amount in A$",
    "Amount (A$)",
    "Amount in k$",
    "Amount in rand (ZA)",
    "Amount in TWD",
    "Amount (TWD)",
    "Amount in USDC",
    "Amount in US dollars, two implied digits (1050 is 10.50)",
    "Amount in gold coins",
    "Amount in euros or dollars",
    "Amount to convert to USD",
    "Price in dollars per day",
    "Price, $/hour",
    "Amount in $ (1 = 1000)",
    "Amount in the smallest unit",
    "Points, each worth a dollar",
    "Amount in USD cents",
    "Amount in units of 1000 dollars",
];

#[test]
fn money_in_another_currency_or_scale_is_no_dollar() {
    for description in MONEY {
        let tools = with("pay_bill", "amount", "number", description);
        all_refused(
            &tools,
            "the argument does not count in this currency",
            &["Allow users to pay bills when the amount is under 500 USD"],
        );
    }
    for name in ["canadianDollars", "amountTwd", "usd_cents", "amount_usd_x100"] {
        let tools = with("pay_bill", name, "integer", "");
        all_refused(
            &tools,
            "the argument does not count in this currency",
            &[&format!("Allow users to pay bills when {name} is under $500")],
        );
    }
}

#[test]
fn plain_dollars_still_count() {
    for description in [
        "",
        "Amount",
        "Amount in USD",
        "Amount (USD)",
        "Amount, USD",
        "Amount: US dollars",
        "Amount in US dollars",
        "Amount in U.S. dollars",
        "Amount in United States dollars",
        "Amount in whole dollars",
        "Amount in $",
        "Amount in US$",
        "How much to pay, in American dollars",
        "Number of dollars to pay",
        "Dollars to pay back",
        "The dollar amount",
        "Amount in USD (max 500)",
        "Amount in USD, at most $1,000.50",
        "Amount in total",
        "Amount in USD for the API call, with its ID",
    ] {
        let tools = with("pay_bill", "amount", "integer", description);
        let said = statement(
            "Allow users to pay bills when the amount is under 500 USD",
            &tools,
        );
        assert!(
            said.contains("context.input.amount < 500"),
            "{description}: {said}"
        );
    }
    let tools = with("pay_bill", "amount", "integer", "Amount in EUR");
    statement("Allow users to pay bills when the amount is under €500", &tools);
}

#[test]
fn a_unit_with_a_word_beside_it_is_another_one() {
    for (name, description, said) in [
        ("distance", "Distance in nautical miles", "50 miles"),
        ("area", "Area in square meters", "50 meters"),
        ("lead", "Lead time in business days", "5 days"),
        ("days", "Number of working days", "5 days"),
        ("wait", "Wait in half hours", "5 hours"),
        ("size", "Size in blocks of 4 kb", "100 kb"),
        ("age", "Age in dog years", "21 years"),
        ("speed", "Speed in km/h", "50 km"),
        ("speed", "Speed in km per hour", "50 km"),
        ("effort", "Effort in man-days", "5 days"),
        ("businessDays", "", "5 days"),
        ("portion", "Portion between 0 and 1 (1 = 100%)", "20 percent"),
        (
            "discount",
            "Discount in percent (0.1 is 10 percent)",
            "20 percent",
        ),
    ] {
        let tools = with("pay_bill", name, "integer", description);
        all_refused(
            &tools,
            "nothing tells that",
            &[&format!(
                "Allow users to pay bills when the {name} is under {said}"
            )],
        );
    }
    let tools = with("pay_bill", "discount", "number", "Discount (0.1 = 10%)");
    all_refused(
        &tools,
        "the argument does not count in percent",
        &["Forbid paying bills when the discount is over 10%"],
    );
    for (name, description, said) in [
        ("wait", "Wait in hours", "5 hours"),
        ("weight", "Weight (kg)", "5 kg"),
        ("ttl", "Lifetime in minutes", "5 minutes"),
        ("days", "How many days", "5 days"),
        ("nights", "Number of nights", "5 nights"),
        ("weightKg", "", "5 kg"),
        ("followUpDays", "Days until the follow-up", "5 days"),
        ("brightness", "Brightness in percent (0-100)", "5%"),
        ("wait", "Wait in whole hours, at most 24 hours", "5 hours"),
    ] {
        let tools = with("pay_bill", name, "integer", description);
        let text = format!("Allow users to pay bills when the {name} is under {said}");
        let said = statement(&text, &tools);
        assert!(said.contains(" < 5"), "{text}: {said}");
    }
}

#[test]
fn a_refused_unit_names_the_one_that_counts() {
    let tools = with("scale_cluster", "timeout", "integer", "Timeout in seconds");
    all_refused(
        &tools,
        "not understood from `minutes`: `timeout` counts in seconds",
        &["Allow users to scale clusters when the timeout is over 5 minutes"],
    );
}

#[test]
fn a_number_of_what_an_argument_counts_is_about_that_argument() {
    let number = |told: &str| json!({"type": "integer", "description": told});
    let tools = [tool(
        "Desk",
        "scale_deployment",
        "",
        &json!({
            "replicas": number(""), "injured_people": number("How many injured people"), "days": number("Duration in days"),
            "nodes": number("Desired number of nodes"), "reviews": number("Number of required reviews"),
            "hours": number("Hours worked"), "devices": number("Number of devices"), "minutes": number("Minutes past the hour"),
            "hour": number("Hour of the day"), "pages": number("Page to show"), "rows": number("Rows in thousands"),
            "items": number("Number of items per box"), "visitors": number("Current number of visitors"),
            "milestone": number("Milestone number"), "weeks": number("Weeks since the last change"), "amount": number(""),
            "zones": {"type": "array", "items": {"type": "string"}},
        }),
        &["replicas"],
    )];
    for (said, plain) in [
        ("to more than 10 replicas", "when replicas is more than 10"),
        ("above 10 replicas", "when replicas is above 10"),
        ("with at most 10 replicas", "when replicas is at most 10"),
        ("to between 2 and 5 replicas", "when replicas is between 2 and 5"),
        (
            "with no more than 2 injured people",
            "when injured people is no more than 2",
        ),
        ("for up to 30 days", "when days is up to 30"),
        ("to more than 10 nodes", "when nodes is more than 10"),
        ("with fewer than 2 reviews", "when reviews is fewer than 2"),
        ("with more than 60 hours", "when hours is more than 60"),
        ("to at most 100 devices", "when devices is at most 100"),
    ] {
        for begins in ["Allow users to scale deployments", "Forbid scaling deployments"] {
            let (said, plain) = (format!("{begins} {said}"), format!("{begins} {plain}"));
            assert_eq!(statement(&said, &tools), statement(&plain, &tools), "{said}");
        }
    }
    for said in [
        "with more than 2 zones",
        "with more than 2 people",
        "for over $500 replicas",
        "to more than 10 replicas of amount",
        "with more than 10 replicas per day",
        "with fewer than 10 nodes",
        "for up to 5 minutes",
        "for up to 2 weeks",
        "with more than 10 pages",
        "with up to 500 rows",
        "with more than 5 items",
        "with more than 5 visitors",
        "with fewer than 3 milestones",
        "for visitors under 16",
        "with visitors under 16",
    ] {
        refused(&format!("Forbid scaling deployments {said}"), &tools);
    }
}
