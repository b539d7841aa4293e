//! The tools that a generation is written about. It cannot be taken back, so it is not started before they are there
//! (service.md 8.1, 8.2).

use crate::model::Lifecycle;
use crate::operator::decide::Resource;
use crate::operator::decide::wording::list;

/// Why nothing can be written about the targets of a gateway yet, in words for the condition; `None`: one is READY, and none
/// is on its way there.
#[must_use]
pub fn untooled(targets: &[Resource]) -> Option<String> {
    let is = |status: Lifecycle| move |target: &&Resource| target.status == status;
    let coming = told(targets.iter().filter(is(Lifecycle::Creating)));
    if !coming.is_empty() {
        return Some(format!(
            "not every target of the gateway is READY yet ({coming}), and their tools may be what the text is about; the policy \
             generation is started by itself when they are"
        ));
    }
    if targets.iter().any(|target| is(Lifecycle::Active)(&target)) {
        return None;
    }
    let others = told(targets.iter());
    let others = if others.is_empty() {
        String::new()
    } else {
        format!(", or see to what it has: {others}")
    };
    Some(format!(
        "the gateway has no target that is READY, and policies are written about the tools of targets; the policy generation is \
         started by itself when it has one: add a target to the gateway{others}"
    ))
}

/// Names, and AWS's words for how far each is.
fn told<'a>(targets: impl Iterator<Item = &'a Resource>) -> String {
    let told = targets.map(|target| format!("{} is {}", target.name, target.word()));
    let mut told: Vec<String> = told.collect();
    told.sort();
    list(&told)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operator::decide::generation::tests::scene::observed;

    fn targets(words: &[&str]) -> Vec<Resource> {
        let target = |(place, word): (usize, &&str)| Resource {
            name: format!("tool-{place}"),
            status: match *word {
                "READY" => Lifecycle::Active,
                "FAILED" => Lifecycle::CreateFailed,
                word => Lifecycle::parse(word),
            },
            word: Some((*word).to_owned()),
            ..observed("text", "GENERATED", &[]).resource
        };
        words.iter().enumerate().map(target).collect()
    }

    #[test]
    fn a_generation_waits_for_a_target_that_is_ready_and_for_all_that_are_on_their_way() {
        for enough in [
            &["READY"][..],
            &["READY", "FAILED"],
            &["DELETING", "UPDATING", "READY"],
        ] {
            assert_eq!(untooled(&targets(enough)), None, "{enough:?}");
        }
        for (words, said) in [
            (&[][..], "add a target to the gateway"),
            (
                &["FAILED", "UPDATING"],
                "or see to what it has: tool-0 is FAILED, tool-1 is UPDATING",
            ),
            (&["READY", "CREATING"], "is READY yet (tool-1 is CREATING)"),
        ] {
            let text = untooled(&targets(words)).unwrap();
            assert!(
                text.contains(said) && text.contains("started by itself"),
                "{text}"
            );
        }
    }
}
