//! `generate`, with tools alone and for a gateway of a cluster; what docs/generation.md shows is what the program writes.

use std::fs;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use super::program;
use super::refused::refusal;
use crate::lifecycle::quickstart::{ATTACHMENT, ENGINE, GATEWAY, TARGET};
use crate::lifecycle::scene::{SOON, Scene};
use crate::rig::process::Process;
use crate::rig::wait_until;

const PAGE: &str = include_str!("../../../docs/generation.md");
const TOOLS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/generation/tools.yaml");
const QUICKSTART: [&str; 4] = [TARGET, GATEWAY, ENGINE, ATTACHMENT];

/// Whether it ended well, what it printed, and what it said on standard error.
fn generate(dir: &Path, args: &[&str]) -> (bool, String, String) {
    let args = [&["generate"], args].concat();
    let mut process = Process::start(program(&args), dir, "generate");
    let ended = process.wait(Duration::from_mins(1));
    (ended.success(), process.stdout(), process.stderr())
}

/// The assets of a text about the tools of the page.
fn assets(dir: &Path, text: &[&str]) -> (bool, Vec<Value>) {
    let always = [
        "--tools",
        TOOLS,
        "--target",
        "Orders",
        "--resource",
        "shop",
        "-o",
        "json",
    ];
    let (well, printed, said) = generate(dir, &[&always, text].concat());
    let answer: Value =
        serde_json::from_str(&printed).unwrap_or_else(|error| panic!("{error}: {printed}{said}"));
    (
        well,
        answer["policyGenerationAssets"]
            .as_array()
            .expect("assets")
            .clone(),
    )
}

/// Sentence and second column of each row of the table below a heading.
fn rows(heading: &str) -> Vec<(String, String)> {
    let (_, below) = PAGE.split_once(heading).expect("the heading");
    let table = below.lines().skip_while(|line| !line.starts_with("|---"));
    let rows = table.skip(1).take_while(|line| line.starts_with('|'));
    rows.map(|row| {
        let row = row.trim_matches(['|', ' ']).replace("\\|", "\u{1}");
        let (sentence, told) = row.split_once(" | ").expect("two columns");
        (sentence.to_owned(), told.replace('\u{1}', "|"))
    })
    .collect()
}

#[test]
fn the_sentences_of_the_page_become_what_it_says() {
    let dir = tempfile::tempdir().expect("a folder");
    let known = rows("### Sentences it knows");
    assert!(known.len() > 20);
    for (sentence, told) in known {
        let (well, assets) = assets(dir.path(), &[&sentence]);
        assert!(well && assets.len() == 1, "{sentence}: {assets:?}");
        let statement = assets[0]["definition"]["policy"]["statement"]
            .as_str()
            .expect("a statement");
        let on_one_line = statement.split_whitespace().collect::<Vec<_>>().join(" ");
        let forbids = told.contains("`forbid(`");
        assert_eq!(on_one_line.starts_with("forbid"), forbids, "{sentence}");
        for part in told.split('`').skip(1).step_by(2) {
            // `< 500` is not in `< 5000`.
            let ends = |rest: &str| !rest.starts_with(char::is_alphanumeric);
            let found = on_one_line.split(part).skip(1).any(ends);
            assert!(found, "{sentence}: {part} is not in {on_one_line}");
        }
    }
}

#[test]
fn the_sentences_that_the_page_says_are_refused_are_refused_so() {
    let dir = tempfile::tempdir().expect("a folder");
    let refused = rows("### Sentences it refuses");
    assert!(refused.len() > 10);
    for (sentence, why) in refused {
        let (well, assets) = assets(dir.path(), &[&sentence]);
        assert!(!well && assets.len() == 1, "{sentence}: {assets:?}");
        let description = assets[0]["findings"][0]["description"]
            .as_str()
            .expect("a reason");
        assert!(
            description.contains(&why),
            "{sentence}: {why} is not in {description}"
        );
    }
}

#[test]
fn the_page_shows_what_the_program_prints() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut shown = 0;
    for block in PAGE.split("```console\n$ agentcore-policy-operator ").skip(1) {
        let (block, _) = block.split_once("```\n").expect("an end");
        let (mut command, mut output) = block.split_once('\n').expect("a command");
        let mut whole = command.to_owned();
        while let Some(before) = whole.strip_suffix('\\') {
            (command, output) = output.split_once('\n').expect("it goes on");
            whole = format!("{before}{}", command.trim_start());
        }
        let words = shlex::split(&whole).expect("words");
        let words: Vec<String> = words
            .into_iter()
            .map(|word| word.replace("examples/generation/tools.yaml", TOOLS))
            .collect();
        let mut process = Process::start(
            program(&words.iter().map(String::as_str).collect::<Vec<_>>()),
            dir.path(),
            "page",
        );
        assert!(
            process.wait(Duration::from_mins(1)).success(),
            "{whole}: {}",
            process.stderr()
        );
        let printed = process.stdout();
        assert_eq!(printed.trim_end(), output.trim_end(), "{whole}");
        shown += 1;
    }
    assert_eq!(shown, 2);
}

#[test]
fn generate_says_what_it_lacks() {
    let dir = tempfile::tempdir().expect("a folder");
    let tools = dir.path().join("tools.json");
    fs::write(
        &tools,
        json!([{"name": "a", "inputSchema": {"type": "object"}}]).to_string(),
    )
    .expect("a file");
    let tools = tools.to_string_lossy();
    let folder = dir.path().to_string_lossy();
    let with = |name: &str, holds: &[u8]| {
        let file = dir.path().join(name);
        fs::write(&file, holds).expect("a file");
        file.to_string_lossy().into_owned()
    };
    let binary = with("binary", &[0, 159, 146, 150]);
    let server = json!({"spec": {"targetConfiguration": {"mcp": {"mcpServer": {"endpoint": "https://a.example.com"}}}}});
    let server = with("server.json", server.to_string().as_bytes());
    for (code, args, told) in [
        (
            2,
            vec!["Allow users to call a"],
            "--gateway <NAME>|--tools <FILE>",
        ),
        (2, vec!["--tools", &tools, "--gateway", "g", "x"], "--gateway"),
        (
            1,
            vec!["--tools", &tools, "--targt", "T", "x"],
            "there is no option --targt",
        ),
        (
            1,
            vec!["--tools", &folder, "x"],
            "give --tools a file, not a folder",
        ),
        (1, vec!["--tools", &binary, "x"], "give --tools a file of text"),
        (
            1,
            vec!["--tools", &server, "x"],
            "The tools of this target are not in it, but where it points to",
        ),
        (
            1,
            vec!["--tools", "/nonexistent", "x"],
            "give --tools a file that is there",
        ),
        (
            1,
            vec!["--tools", &tools, "Allow users to call a"],
            "give --target",
        ),
        (
            1,
            vec!["--tools", &tools, "--target", "T", ""],
            "the text has 0 characters",
        ),
        (
            1,
            vec!["--gateway", "g", "--backend", "local", "x"],
            "--backend local needs --endpoint-url",
        ),
        (
            1,
            vec!["--tools", &tools, "--target", "T", "Happy users can cheer"],
            "none of the 1 requirements came to a policy of use; each says why",
        ),
    ] {
        let said = refusal(dir.path(), code, &[&["generate"], args.as_slice()].concat());
        assert!(said.contains(told), "{told} is not in {said}");
    }
}

#[test]
fn generate_takes_no_name_that_cannot_be_one() {
    let dir = tempfile::tempdir().expect("a folder");
    let strange = dir.path().join("strange.json");
    fs::write(
        &strange,
        json!([{"name": "My target___a", "inputSchema": {"type": "object"}}]).to_string(),
    )
    .expect("a file");
    let strange = strange.to_string_lossy();
    let strange: &str = &strange;
    let text = "Allow users to cancel orders";
    let of_target = "is no name of a target: AgentCore takes letters, digits and single hyphens, at most 100";
    for (code, tools, more, told) in [
        (1, TOOLS, ["--target", "a b"], format!("`a b` {of_target}")),
        (1, TOOLS, ["--target", "a--b"], format!("`a--b` {of_target}")),
        (
            1,
            strange,
            ["--name", "g"],
            format!("{strange}: `My target` {of_target}"),
        ),
        (
            1,
            TOOLS,
            ["--resource", "arn:aws:bogus"],
            "`arn:aws:bogus` is no ARN of a gateway; give one such as arn:aws:bedrock-agentcore:".to_owned(),
        ),
        (
            2,
            TOOLS,
            ["--resource", "my \"gw"],
            "give the name of a Gateway object, such as shop, or the ARN of a gateway".to_owned(),
        ),
        (
            2,
            TOOLS,
            ["--name", "Bad_Name"],
            "give what names of objects can begin with, such as refunds: small letters".to_owned(),
        ),
        (
            2,
            TOOLS,
            ["--engine", "Bad Name"],
            "give the name of an object, such as shop: small letters, digits, hyphens and dots".to_owned(),
        ),
    ] {
        let target = if more[0] == "--target" {
            &[][..]
        } else {
            &["--target", "Orders"]
        };
        let target = if tools == TOOLS { target } else { &[] };
        let args = [&["generate", "--tools", tools], target, &more, &[text]].concat();
        let said = refusal(dir.path(), code, &args);
        assert!(said.contains(&told), "{told} is not in {said}");
    }
}

#[test]
fn generate_blames_what_fails_and_not_the_tools() {
    let dir = tempfile::tempdir().expect("a folder");
    let model = [
        "--author",
        "openai",
        "--author-model",
        "m",
        "--author-url",
        "http://someone:secret@127.0.0.1:1/v1",
    ];
    for (more, told) in [
        (
            &model[..],
            "http://127.0.0.1:1/v1: the model's endpoint cannot be reached",
        ),
        (
            &["--cvc5", "/nonexistent/cvc5"],
            "cannot use /nonexistent/cvc5 as a solver",
        ),
    ] {
        let always = ["generate", "--tools", TOOLS, "--target", "Orders"];
        let args = [&always, more, &["Allow users to cancel orders"]].concat();
        let said = refusal(dir.path(), 1, &args);
        assert!(said.starts_with(told), "{said}");
        assert!(!said.contains("secret"), "{said}");
    }
}

#[test]
fn generate_takes_an_mcp_listing_and_prints_for_people() {
    let dir = tempfile::tempdir().expect("a folder");
    let tools = dir.path().join("listing.json");
    let listing = json!({"jsonrpc": "2.0", "id": 1, "result": {"tools": [{
        "name": "Refunds___pay_back", "description": "Pay money back",
        "inputSchema": {"type": "object", "properties": {"amount": {"type": "integer"}}, "required": ["amount"]},
    }]}});
    fs::write(&tools, listing.to_string()).expect("a file");
    let arn = "arn:aws:bedrock-agentcore:us-east-1:123456789012:gateway/g-0123456789";
    let args = ["--tools", &tools.to_string_lossy(), "--resource", arn];
    let texts = ["- Allow users to pay money back", "Happy users can cheer"];
    let (well, printed, said) = generate(dir.path(), &[&args[..], &texts].concat());
    assert!(well && said.is_empty(), "{said}");
    for part in [
        "1. Allow users to pay money back\n",
        "AgentCore::Action::\"Refunds___pay_back\"",
        arn,
        "ALLOW_ALL: it permits every call that its first lines cover, whatever the call says: Overly Permissive",
        "2. Happy users can cheer\n\n   NOT_TRANSLATABLE: it could not be translated",
    ] {
        assert!(printed.contains(part), "{part} is not in {printed}");
    }
}

#[test]
fn manifests_for_a_gateway_of_the_cluster_become_policies_that_are_ready() {
    let scene = Scene::new("generated");
    let _operator = scene.operator();
    scene.namespace.apply(&QUICKSTART.join("---\n")).success();
    scene.until_ready("acatt/refunds");
    scene.until_ready("actgt/refund-target");
    let (kubeconfig, url) = (scene.namespace.cluster.kubeconfig(), scene.backend.url.clone());
    let kubeconfig = kubeconfig.to_string_lossy().into_owned();
    let always = [
        "--gateway",
        "refunds",
        "-n",
        &scene.namespace.name,
        "--kubeconfig",
        &kubeconfig,
        "--backend",
        "local",
        "--endpoint-url",
        &url,
    ];
    let text = [
        "Allow users to process refunds under $500",
        "Happy users can cheer",
    ];
    let (well, manifests, said) = generate(
        &scene.namespace.dir(),
        &[&always[..], &["-o", "yaml"], &text].concat(),
    );
    assert!(well, "{said}");
    assert!(
        said.contains("is asked for policies") && said.contains("is written, for"),
        "{said}"
    );
    assert!(
        manifests.contains("AgentCore::Gateway::\"refunds\"") && !manifests.contains("arn:aws"),
        "{manifests}"
    );
    assert!(manifests.contains("# Happy users can cheer"), "{manifests}");
    scene.namespace.apply(&manifests).success();
    let policy = scene.until_ready("acpol/generated-1");
    assert_eq!(policy["spec"]["policyEngineRef"]["name"], "refunds");
    wait_until("the policy in force", SOON, || {
        match scene.policies().as_slice() {
            [one] if one["status"] == "ACTIVE" => Ok(()),
            other => Err(format!("{other:?}")),
        }
    });

    let by_name = [&always[..], &["--engine", "refunds", "-o", "json"], &text[..1]].concat();
    let (well, printed, said) = generate(&scene.namespace.dir(), &by_name);
    assert!(well && printed.contains("\"VALID\""), "{said}");
    for (more, told) in [
        (vec!["--engine", "nothing"], "is not there"),
        (vec!["--gateway", "nothing"], "is not there"),
    ] {
        let mut args: Vec<&str> = always.to_vec();
        if more[0] == "--gateway" {
            args[1] = more[1];
        } else {
            args.extend(&more);
        }
        let said = refusal(
            &scene.namespace.dir(),
            1,
            &[&["generate"], args.as_slice(), &["x"]].concat(),
        );
        assert!(said.contains(told), "{said}");
    }
}
