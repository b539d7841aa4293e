//! The command line is one.

use super::parse::{host, mapping, object, prefix, resource};
use super::*;
use clap::CommandFactory as _;

#[test]
fn the_command_line_is_well_formed_and_every_flag_is_a_variable_too() {
    Args::command().debug_assert();
    for command in Args::command().get_subcommands() {
        for arg in command
            .get_arguments()
            .filter(|arg| arg.get_id() != "help" && arg.get_id() != "version" && !arg.is_positional())
        {
            let flag = arg.get_long().unwrap().replace('-', "_").to_uppercase();
            let variable = arg.get_env().unwrap().to_str().unwrap();
            assert_eq!(variable, format!("AGENTCORE_OPERATOR_{flag}"));
        }
    }
}

#[test]
fn regions_urls_and_namespaces_are_told_from_what_is_none() {
    for (parse, good, bad) in [
        (
            region as fn(&str) -> Result<String, String>,
            &["us-east-1", "us-gov-west-1"][..],
            // service.md 3: ARNs have a region of 9 to 15 characters.
            &["", "US East", "us_east", "local", "us-east", "us-isob-east-100"][..],
        ),
        (
            url,
            &["http://127.0.0.1:1", "https://[::1]:1/x", "https://host"],
            &["", "host", "http://", "ftp://host", "http:///x", "http://a b"],
        ),
        (
            host,
            &["mcp", "mcp.tools.svc", "*.svc.cluster.local", "10.0.0.1"],
            &["", "*", "*.", "a..b", "a:80", "http://a", "a/b", "a.*"],
        ),
        (
            namespace,
            &["a", "team-a"],
            &["", "Team", "a/b", "-a", "a-", "a.b"],
        ),
        (
            object,
            &["shop", "shop.v2"],
            &["", "Shop", "my shop", "shop-", "a_b"],
        ),
        (prefix, &["g", "team-a.refunds"], &["", "Bad_Name", "-a", "a."]),
        (
            resource,
            &[
                "shop",
                "arn:aws:bedrock-agentcore:us-east-1:123456789012:gateway/g-0123456789",
            ],
            &["", "my \"gw", "Shop"],
        ),
    ] {
        for text in good {
            assert_eq!(parse(text).as_deref(), Ok(*text));
        }
        for text in bad {
            assert!(parse(text).is_err(), "{text:?}");
        }
    }
    assert_eq!(
        mapping("schemas=/data/a=b"),
        Ok(("schemas".to_owned(), "/data/a=b".into()))
    );
    assert!(["", "a", "=b", "a="].iter().all(|text| mapping(text).is_err()));
    assert!(namespace(&"n".repeat(63)).is_ok() && namespace(&"n".repeat(64)).is_err());
}

#[test]
fn help_is_as_recorded() {
    for name in ["run", "backend", "token", "generate"] {
        let mut command = Args::command();
        let sub = command.find_subcommand_mut(name).unwrap();
        insta::assert_snapshot!(format!("help_{name}"), sub.render_long_help().to_string());
    }
}
