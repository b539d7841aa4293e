//! Whose turn it is when several wait for one call (performance.md section 2): who is being deleted or was asked for by a
//! person first, and namespaces one after the other.

use std::collections::HashMap;

/// Of so many calls in a row, at least one is anybody's: a namespace that is deleted does not stop all others.
const ROW: u32 = 5;

/// Who waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Waiting<'a> {
    /// The namespace of the object that the call is for.
    pub namespace: &'a str,
    /// Whether the object is being deleted, or somebody asked for a look at it.
    pub urgent: bool,
}

/// The order in which those are served who wait for one operation.
#[derive(Debug, Default)]
pub(super) struct Order {
    /// How many were served before others only because they were urgent.
    row: u32,
    /// When each namespace had its last turn, counted in turns.
    turns: HashMap<String, u64>,
    turn: u64,
}

impl Order {
    /// Which of those that wait is next; they stand in the order in which they came.
    pub(super) fn next(&mut self, waiting: &[Waiting<'_>]) -> Option<usize> {
        let urgent = waiting.iter().any(|one| one.urgent);
        let usual = waiting.iter().any(|one| !one.urgent);
        let urgent = urgent && (!usual || self.row + 1 < ROW);
        self.row = if urgent && usual { self.row + 1 } else { 0 };
        let last = |one: &Waiting<'_>| self.turns.get(one.namespace).copied();
        let (next, one) = waiting
            .iter()
            .enumerate()
            .filter(|(_, one)| one.urgent == urgent)
            .min_by_key(|(place, one)| (last(one), *place))?;
        self.turn += 1;
        // Who waits no longer is new again when he comes back.
        self.turns
            .retain(|namespace, _| waiting.iter().any(|one| one.namespace == namespace));
        self.turns.insert(one.namespace.to_owned(), self.turn);
        Some(next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One that waits, as a letter: its namespace; a capital is urgent.
    fn waiting(letter: char) -> Waiting<'static> {
        let namespace = match letter.to_ascii_lowercase() {
            'a' => "a",
            'b' => "b",
            _ => "c",
        };
        Waiting {
            namespace,
            urgent: letter.is_ascii_uppercase(),
        }
    }

    /// The order in which those are served who have come in this one.
    fn served(came: &str) -> String {
        let mut order = Order::default();
        let mut line: Vec<char> = came.chars().collect();
        let mut served = String::new();
        loop {
            let all: Vec<Waiting<'_>> = line.iter().copied().map(waiting).collect();
            let Some(next) = order.next(&all) else {
                assert!(line.is_empty(), "{line:?} wait for ever");
                return served;
            };
            served.push(line.remove(next));
        }
    }

    /// All orders in which these can come.
    fn orders(letters: &str) -> Vec<String> {
        if letters.is_empty() {
            return vec![String::new()];
        }
        let places = letters.char_indices().flat_map(|(place, first)| {
            let mut rest = letters.to_owned();
            rest.remove(place);
            orders(&rest)
                .into_iter()
                .map(move |order| format!("{first}{order}"))
        });
        places.collect()
    }

    #[test]
    fn who_comes_alone_is_served_as_he_comes_and_namespaces_take_turns() {
        assert_eq!(served(""), "");
        assert_eq!(served("aaa"), "aaa");
        assert_eq!(served("aaaaab"), "abaaaa");
        assert_eq!(served("aaabbc"), "abcaba");
    }

    #[test]
    fn in_whatever_order_they_come_the_urgent_one_is_first_and_no_namespace_waits_for_two_turns_of_another() {
        let all = orders("aaabbcC");
        assert_eq!(all.len(), 5040);
        for came in all {
            let served = served(&came);
            assert!(served.starts_with('C'), "{came}: {served}");
            let usual = served.replace('C', "");
            for (at, one) in usual.char_indices() {
                // Until its next turn, every other namespace that still waits has had at most one more than this one.
                let before = &usual[..at];
                for other in ['a', 'b', 'c'].into_iter().filter(|other| *other != one) {
                    let (mine, theirs) = (before.matches(one).count(), before.matches(other).count());
                    assert!(theirs <= mine + 1, "{came}: {served}, at {at}");
                }
            }
        }
    }

    #[test]
    fn one_of_five_is_anybody_s() {
        assert_eq!(served("AAAAAAAAAAaa"), "AAAAaAAAAaAA");
        for came in orders("AAAAABb") {
            let served = served(&came);
            let place = served.find('b').unwrap_or_default();
            assert_eq!(place, 4, "{came}: {served}");
        }
    }

    #[test]
    fn who_has_waited_for_nothing_meanwhile_has_no_turn_to_wait_for() {
        let mut order = Order::default();
        assert_eq!(order.next(&[waiting('a'), waiting('b')]), Some(0));
        assert_eq!(order.next(&[waiting('b')]), Some(0));
        assert_eq!(
            order.next(&[waiting('a'), waiting('b')]),
            Some(0),
            "a is new again"
        );
        assert_eq!(order.next(&[]), None);
    }
}
