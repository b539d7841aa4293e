//! What was written, in the status and in the ConfigMap beside it.

use super::scene::{self, Case, STATEMENT, asset, object, observed, references};
use super::*;

#[test]
fn what_was_written_is_in_the_status_and_whole_beside_it() {
    let object = object("text", &Value::Null);
    let mut references = references();
    let long = format!("{STATEMENT} // {}", "x".repeat(2000));
    let assets = [
        asset("asset-1234567890", "VALID", Some(&long)),
        asset("asset-0987654321", "NOT_TRANSLATABLE", None),
    ];
    let found = observed("text", "GENERATED", &assets);
    let (_, report) = Case::of(&object, &references).pass(Ok(Found::There(found.clone())));
    let (status, kept) = (report.status.unwrap(), report.keepsake.unwrap());
    assert_eq!(row(&status), "Ready=True/Synced");
    assert_eq!(
        (&status["usable"], &status["assetsInAws"]),
        (&json!("1 of 2"), &json!(true))
    );
    let (first, second) = (&status["assets"][0], &status["assets"][1]);
    assert!(first["statement"].as_str().unwrap().ends_with(".."));
    assert_eq!(second["statement"], json!(null));
    assert_eq!(second["manifest"], json!(null));
    let said = second["findings"][0]["message"].as_str().unwrap();
    assert!(
        said.contains("could not be translated") && said.ends_with(": what AWS says"),
        "{said}"
    );
    let manifest = first["manifest"].as_str().unwrap();
    for line in [
        "kind: Policy",
        "name: \"draft-1\"",
        "assetId: \"asset-1234567890\"",
        "namespace: \"team\"",
    ] {
        assert!(manifest.contains(line), "{manifest}");
    }
    assert_eq!(kept.name, "draft-assets");
    assert!(!kept.there);
    let data: BTreeMap<String, String> = kept
        .data
        .into_iter()
        .filter_map(|(key, text)| Some((key, text?)))
        .collect();
    assert_eq!(data["asset-1234567890.cedar"], long);
    let note = report.note.unwrap();
    assert_eq!((note.reason, note.warning), ("GenerationCompleted", false));

    // What was written is written once, and told once.
    references.copied = Copied::Data(data.clone());
    let after = scene::object("text", &status);
    let (_, again) = Case::of(&after, &references).pass(Ok(Found::There(found)));
    assert_eq!((again.keepsake, again.note), (None, None));
    // In full, as long as nobody has changed it; and what was cut is not taken for the statement.
    let status: PolicyGenerationStatus = serde_json::from_value(status).unwrap();
    assert_eq!(copies(&status, &references.copied), assets);
    let mut changed = data;
    let whole = changed.get_mut("assets.json").unwrap();
    *whole = whole.replace("permit", "forbid");
    for other in [Copied::Data(changed), Copied::Nothing, Copied::Foreign] {
        let left = copies(&status, &other);
        assert_eq!(left[0].definition.as_ref().unwrap().as_statement(), None);
        assert_eq!(left[0].asset_id, assets[0].asset_id);
    }
}

#[test]
fn a_stranger_s_config_map_is_left_alone() {
    let object = object("text", &Value::Null);
    let references = GenerationReferences {
        copied: Copied::Foreign,
        ..references()
    };
    let good = [asset("asset-1234567890", "VALID", Some(STATEMENT))];
    let (_, report) =
        Case::of(&object, &references).pass(Ok(Found::There(observed("text", "GENERATED", &good))));
    assert_eq!(report.keepsake, None);
    let status = report.status.unwrap();
    assert_eq!(status["configMap"], json!(null));
    let said = status["conditions"][0]["message"].as_str().unwrap();
    assert!(
        said.contains("ConfigMap draft-assets is not this object's"),
        "{said}"
    );
}

#[test]
fn a_config_map_that_cannot_be_had_keeps_nothing_else_back() {
    let object = object("text", &Value::Null);
    let why = "configmaps is forbidden";
    let good = [asset("asset-1234567890", "VALID", Some(STATEMENT))];
    let found = || observed("text", "GENERATED", &good);
    let said = |status: &Value| status["conditions"][0]["message"].as_str().unwrap().to_owned();
    // The write was refused.
    let (_, report) = Case::of(&object, &references()).pass(Ok(Found::There(found())));
    let status = report.keepsake.unwrap().missing(report.status.unwrap(), why);
    assert_eq!(row(&status), "Ready=True/Synced");
    assert_eq!(
        (&status["configMap"], &status["assetsDigest"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(status["assets"][0]["statement"], STATEMENT);
    let expected = format!(
        "ConfigMap draft-assets could not be written ({why}), so what is not in status.assets is in AWS"
    );
    assert!(said(&status).contains(&expected), "{}", said(&status));
    // The read was refused: nothing is written there, and what is known of it stays.
    let unread = GenerationReferences {
        copied: Copied::Unread(why.into()),
        ..references()
    };
    let (_, report) = Case::of(&object, &unread).pass(Ok(Found::There(found())));
    let (status, kept) = (report.status.unwrap(), report.keepsake);
    assert_eq!((kept, &status["configMap"]), (None, &Value::Null));
    assert!(
        said(&status).contains(&format!("could not be read ({why})")),
        "{}",
        said(&status)
    );
    let before = Case::of(&object, &references()).status(found());
    let known = scene::object("text", &before);
    let after = Case::of(&known, &unread).status(found());
    assert_eq!(after["assetsDigest"], before["assetsDigest"]);
    assert_eq!(row(&after), "Ready=True/Synced");
}

#[test]
fn a_config_map_of_an_earlier_object_is_taken_over_also_when_it_says_the_same() {
    let object = object("text", &Value::Null);
    let good = [asset("asset-1234567890", "VALID", Some(STATEMENT))];
    let keepsake = |copied: Copied| {
        let references = GenerationReferences {
            copied,
            ..references()
        };
        let found = Found::There(observed("text", "GENERATED", &good));
        Case::of(&object, &references).pass(Ok(found)).1.keepsake
    };
    let first = keepsake(Copied::Nothing).unwrap();
    let data: BTreeMap<String, String> = first
        .data
        .iter()
        .filter_map(|(key, text)| Some((key.clone(), text.clone()?)))
        .collect();
    assert_eq!(keepsake(Copied::Data(data.clone())), None);
    let again = keepsake(Copied::Inherited(data)).unwrap();
    assert_eq!((again.there, again.data), (true, first.data));
}

#[test]
fn the_status_shows_twenty_assets_and_the_config_map_as_many_as_it_has_room_for() {
    let (object, references) = (object("text", &Value::Null), references());
    let written = |count: usize, bytes: usize| {
        let statement = format!("{STATEMENT}//{}", "x".repeat(bytes));
        let asset = |n: usize| asset(&format!("asset-{n:010}"), "VALID", Some(&statement));
        let assets: Vec<Asset> = (0..count).map(asset).collect();
        let found = Found::There(observed("text", "GENERATED", &assets));
        let (_, report) = Case::of(&object, &references).pass(Ok(found));
        (report.status.unwrap(), report.keepsake.unwrap().data)
    };
    let texts = |data: &BTreeMap<String, Option<String>>, end: &str| {
        data.keys().filter(|key| key.ends_with(end)).count()
    };
    let copied = |data: &BTreeMap<String, Option<String>>| {
        let whole: Value = serde_json::from_str(data["assets.json"].as_ref().unwrap()).unwrap();
        whole.as_array().unwrap().len()
    };
    let said = |status: &Value| status["conditions"][0]["message"].as_str().unwrap().to_owned();
    let (status, data) = written(21, 10);
    assert_eq!(status["assets"].as_array().unwrap().len(), 20);
    assert_eq!(status["usable"], "21 of 21");
    assert_eq!(
        (copied(&data), texts(&data, ".cedar"), texts(&data, ".yaml")),
        (21, 21, 21)
    );
    assert!(
        said(&status).ends_with("see status.assets, and ConfigMap draft-assets for all of it"),
        "{}",
        said(&status)
    );
    // 10,000 bytes each, and room for 400,000.
    let (status, data) = written(50, 9_900);
    let room = copied(&data);
    assert!((38..50).contains(&room), "{room}");
    assert!(
        (15..room).contains(&texts(&data, ".cedar")),
        "{}",
        texts(&data, ".cedar")
    );
    assert_eq!(texts(&data, ".cedar"), texts(&data, ".yaml"));
    let all = format!(
        "see status.assets, and ConfigMap draft-assets for the first {room}, which is all that it has room for"
    );
    assert!(said(&status).ends_with(&all), "{}", said(&status));
}
