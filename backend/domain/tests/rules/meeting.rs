//! What becomes of a change that meets another one: a table for people, and an oracle by field for everything else.

use std::{collections::BTreeSet, time::Duration};

use domain::{
    backoff::Limits,
    event::{Attendee, EventContent, Field, Response},
    sync::{
        Decision, Met, Patience, Policy, Promise, Trouble, Verdict, is_suspicious, meet, meet_change, meet_deletion,
        verdict,
    },
};
use proptest::prelude::*;
use serde_json::json;

use crate::support::at;

fn lunch() -> EventContent {
    let text = json!({"title": "Lunch", "start": at("2026-11-24T12:00"), "end": at("2026-11-24T13:00")});
    serde_json::from_value(text).unwrap()
}

/// `me` is the account itself.
fn guest(email: &str, response: Response) -> Attendee {
    Attendee {
        email: email.into(),
        name: None,
        response,
        optional: false,
        is_self: email == "me",
    }
}

/// Lunch with some fields said differently: `title=Dinner`, `place=Café`, `ann=yes`, `bob=no`, `at=14`.
fn says(words: &str) -> EventContent {
    let mut said = lunch();
    for (what, value) in words.split_whitespace().filter_map(|word| word.split_once('=')) {
        match what {
            "title" => said.title = value.into(),
            "place" => said.location = Some(value.into()),
            "at" => {
                said.start = at(&format!("2026-11-24T{value}:00"));
                said.end = at(&format!("2026-11-24T{value}:45"));
            }
            email => said.attendees.push(guest(
                email,
                match value {
                    "yes" => Response::Accepted,
                    "no" => Response::Declined,
                    _ => Response::NeedsAction,
                },
            )),
        }
    }
    said
}

fn met(base: &str, sent: Option<&str>, ours: &str, theirs: &str, policy: Policy) -> Met {
    let (base, sent, ours) = (says(base), sent.map(says), says(ours));
    let promise = Promise {
        base: Some(&base),
        sent: sent.as_ref(),
        ours: &ours,
    };
    meet(&promise, &says(theirs), policy)
}

/// Base, lost call, ours, theirs → what is shown under (ours, theirs, ask), and what clashes.
type Row = (
    &'static str,
    Option<&'static str>,
    &'static str,
    &'static str,
    [&'static str; 3],
    &'static [Field],
);

#[test]
fn what_people_expect_of_two_changes() {
    let table: &[Row] = &[
        ("", None, "title=A", "", ["title=A"; 3], &[]),
        ("", None, "", "title=B", ["title=B"; 3], &[]),
        ("", None, "title=A", "place=B", ["title=A place=B"; 3], &[]),
        ("", None, "title=A", "title=A", ["title=A"; 3], &[]),
        (
            "",
            None,
            "title=A",
            "title=B",
            ["title=A", "title=B", "title=B"],
            &[Field::Title],
        ),
        (
            "",
            None,
            "title=A at=14",
            "title=B",
            ["title=A at=14", "title=B at=14", "title=B"],
            &[Field::Title],
        ),
        ("", Some("title=A"), "title=A", "title=A", ["title=A"; 3], &[]),
        ("", Some("title=A"), "title=A2", "title=A", ["title=A2"; 3], &[]),
        (
            "",
            Some("title=A"),
            "title=A2",
            "title=A place=B",
            ["title=A2 place=B"; 3],
            &[],
        ),
        ("", Some("title=A"), "", "title=A", [""; 3], &[]),
        (
            "",
            Some("title=A"),
            "title=A",
            "title=B",
            ["title=A", "title=B", "title=B"],
            &[Field::Title],
        ),
        (
            "ann=?",
            None,
            "ann=? bob=?",
            "ann=yes",
            ["ann=yes bob=?", "ann=yes bob=?", "ann=yes bob=?"],
            &[],
        ),
        ("ann=?", None, "ann=? title=A", "ann=yes", ["ann=yes title=A"; 3], &[]),
        // What is shown has heard the answer, the base has not: that is no change of ours.
        (
            "ann=?",
            None,
            "ann=yes title=A",
            "ann=yes bob=?",
            ["ann=yes bob=? title=A"; 3],
            &[],
        ),
        // The account's own answer is a change of ours like any other.
        ("me=?", None, "me=yes", "me=? title=B", ["me=yes title=B"; 3], &[]),
        ("me=?", None, "me=? bob=?", "me=yes", ["me=yes bob=?"; 3], &[]),
        (
            "me=?",
            Some("me=yes"),
            "me=yes title=A",
            "me=yes",
            ["me=yes title=A"; 3],
            &[],
        ),
        (
            "me=?",
            None,
            "me=yes",
            "me=no",
            ["me=yes", "me=no", "me=no"],
            &[Field::Response],
        ),
    ];
    for (base, sent, ours, theirs, shown, clash) in table {
        for (policy, shown) in Policy::ALL.into_iter().zip(shown) {
            let met = met(base, *sent, ours, theirs, policy);
            let row = format!("{base:?} {sent:?} {ours:?} meets {theirs:?} under {policy:?}");
            assert_eq!(met.show, says(shown), "{row}");
            let fields: BTreeSet<Field> = met.clash.into_iter().flat_map(|(fields, _)| fields).collect();
            assert_eq!(fields, clash.iter().copied().collect(), "{row}");
            assert_eq!(
                met.ahead,
                !says(theirs).differences(&says(shown)).is_empty(),
                "{row}: what is shown and not there is to be written, and nothing else"
            );
        }
    }
}

#[test]
fn a_new_event_is_never_in_conflict_with_itself() {
    for policy in Policy::ALL {
        for (sent, ours, theirs, shown) in [
            (None, "title=A", "title=A", "title=A"),
            (Some("title=A"), "title=A", "title=A", "title=A"),
            // Changed here while the answer was on its way.
            (Some("title=A"), "title=A2", "title=A", "title=A2"),
            // And at the provider, elsewhere.
            (Some("title=A"), "title=A2", "title=A place=B", "title=A2 place=B"),
        ] {
            let (sent, ours) = (sent.map(says), says(ours));
            let promise = Promise {
                base: None,
                sent: sent.as_ref(),
                ours: &ours,
            };
            let met = meet(&promise, &says(theirs), policy);
            assert_eq!((met.show, met.clash), (says(shown), None), "{promise:?} {policy:?}");
        }
    }
}

#[test]
fn deletions_take_nothing_along_that_somebody_still_wants() {
    for policy in Policy::ALL {
        let decided = Some(Decision::from(policy));
        let deleted_there = |base: Option<&str>, ours: &str| {
            let (base, ours) = (base.map(says), says(ours));
            let promise = Promise {
                base: base.as_ref(),
                sent: None,
                ours: &ours,
            };
            meet_deletion(&promise, policy)
        };
        assert_eq!(deleted_there(Some("title=A"), "title=A"), None, "nothing was changed");
        assert_eq!(
            deleted_there(Some("ann=?"), "ann=yes"),
            None,
            "answers are the guests' own"
        );
        assert_eq!(deleted_there(Some("me=?"), "me=yes"), None, "to what?");
        assert_eq!(deleted_there(Some("title=A"), "title=B"), decided);
        assert_eq!(deleted_there(None, "title=B"), None, "it was ours alone");
        let changed_there =
            |base: Option<&str>, theirs: &str| meet_change(base.map(says).as_ref(), &says(theirs), policy);
        assert_eq!(changed_there(Some("title=A"), "title=A"), None);
        assert_eq!(changed_there(Some("ann=?"), "ann=no"), None);
        assert_eq!(changed_there(Some("me=?"), "me=no"), None);
        assert_eq!(changed_there(Some("title=A"), "title=B"), decided);
        assert_eq!(changed_there(None, "title=B"), decided);
    }
}

#[test]
fn few_may_vanish_half_of_many_may_not() {
    for (vanishing, held, suspicious) in [
        (0, 0, false),
        (25, 25, false),
        (26, 51, true),
        (26, 52, false),
        (26, 26, true),
        (1_000, 1_999, true),
        (1_000, 2_000, false),
        (1_001, 1_000_000, true),
    ] {
        assert_eq!(is_suspicious(vanishing, held), suspicious, "{vanishing} of {held}");
    }
}

/// What one may say: few words, so that two people often say the same.
fn content() -> impl Strategy<Value = EventContent> {
    let answer = prop_oneof![
        Just(None),
        Just(Some(Response::NeedsAction)),
        Just(Some(Response::Accepted)),
        Just(Some(Response::Declined))
    ];
    (
        prop::sample::select(vec!["A", "B", "C"]),
        prop::option::of(prop::sample::select(vec!["x", "y"])),
        prop::sample::select(vec!["12", "13"]),
        prop::option::of(prop::sample::select(vec!["1", "2"])),
        [answer.clone(), answer],
    )
        .prop_map(|(title, place, hour, colour, answers)| {
            let mut said = says(&format!("title={title} at={hour}"));
            said.location = place.map(str::to_owned);
            said.colour = colour.map(str::to_owned);
            let guests = ["ann", "bob"].into_iter().zip(answers);
            said.attendees = guests
                .filter_map(|(email, answer)| Some(guest(email, answer?)))
                .collect();
            said
        })
}

fn policy() -> impl Strategy<Value = Policy> {
    prop::sample::select(Policy::ALL.to_vec())
}

fn by_hand() -> impl Strategy<Value = Policy> {
    prop::sample::select(vec![Policy::Ours, Policy::Theirs])
}

fn of<'a>(base: &'a EventContent, sent: Option<&'a EventContent>, ours: &'a EventContent) -> Promise<'a> {
    Promise {
        base: Some(base),
        sent,
        ours,
    }
}

fn answer(of: &EventContent, email: &str) -> Option<Response> {
    of.attendees
        .iter()
        .find(|guest| guest.email == email)
        .map(|guest| guest.response)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_field_goes_its_own_way(base in content(), ours in content(), theirs in content(), policy in policy()) {
        let met = meet(&of(&base, None, &ours), &theirs, policy);
        let (here, there, open) = (base.differences(&ours), base.differences(&theirs), ours.differences(&theirs));
        let clash: BTreeSet<Field> = Field::ALL
            .into_iter()
            .filter(|field| here.contains(field) && there.contains(field) && open.contains(field))
            .collect();
        let expected = (!clash.is_empty()).then(|| (clash.clone(), Decision::from(policy)));
        prop_assert_eq!(&met.clash, &expected);
        let asked = !clash.is_empty() && policy == Policy::Ask;
        for field in Field::ALL {
            let mine = here.contains(&field) && !asked && (!clash.contains(&field) || policy == Policy::Ours);
            let side = if mine { &ours } else { &theirs };
            prop_assert!(!side.differences(&met.show).contains(&field), "{:?} of {:?}", field, met);
        }
        prop_assert_eq!(met.ahead, !theirs.differences(&met.show).is_empty());
    }

    #[test]
    fn who_says_nothing_hears_everything(base in content(), theirs in content(), policy in policy()) {
        let met = meet(&of(&base, None, &base), &theirs, policy);
        prop_assert_eq!(met, Met { show: theirs, ahead: false, clash: None });
    }

    #[test]
    fn who_is_alone_is_right(base in content(), ours in content(), policy in policy()) {
        let met = meet(&of(&base, None, &ours), &base, policy);
        prop_assert_eq!(&met.clash, &None);
        prop_assert_eq!(met.ahead, !base.differences(&ours).is_empty());
        prop_assert!(met.show.differences(&ours).is_empty());
    }

    #[test]
    fn what_was_decided_and_written_is_settled(
        base in content(), ours in content(), theirs in content(), policy in by_hand(), lost in any::<bool>(),
    ) {
        let first = meet(&of(&base, None, &ours), &theirs, policy);
        if first.ahead {
            // Written over theirs; the answer may have been lost.
            let sent = lost.then_some(&first.show);
            let second = meet(&of(&theirs, sent, &first.show), &first.show, policy);
            prop_assert_eq!(second, Met { show: first.show.clone(), ahead: false, clash: None });
        }
        // And not yet written it stays what is to be written.
        let again = meet(&of(&theirs, None, &first.show), &theirs, policy);
        prop_assert_eq!(again.clash, None);
        prop_assert_eq!(again.ahead, first.ahead);
        prop_assert!(again.show.differences(&first.show).is_empty());
    }

    #[test]
    fn a_lost_answer_is_no_clash_with_ourselves(
        base in content(), sent in content(), renewed in content(), policy in policy(),
    ) {
        let kept = meet(&of(&base, Some(&sent), &sent), &sent, policy);
        prop_assert_eq!(kept, Met { show: sent.clone(), ahead: false, clash: None });
        let on = meet(&of(&base, Some(&sent), &renewed), &sent, policy);
        prop_assert_eq!(&on.clash, &None);
        prop_assert!(on.show.differences(&renewed).is_empty());
        prop_assert_eq!(on.ahead, !sent.differences(&renewed).is_empty());
        // The call never arrived: everything is still to be said.
        let never = meet(&of(&base, Some(&sent), &renewed), &base, policy);
        prop_assert_eq!(&never.clash, &None);
        prop_assert!(never.show.differences(&renewed).is_empty());
    }

    #[test]
    fn a_lost_answer_and_a_change_elsewhere_both_stand(
        base in content(), sent in content(), renewed in content(), other in content(), policy in policy(),
    ) {
        let written = base.differences(&sent);
        let touched: BTreeSet<Field> = base
            .differences(&other)
            .difference(&written)
            .filter(|field| !sent.differences(&renewed).contains(field))
            .copied()
            .collect();
        let theirs = sent.with(&other, &touched);
        let met = meet(&of(&base, Some(&sent), &renewed), &theirs, policy);
        prop_assume!(!written.is_empty());
        prop_assert_eq!(&met.clash, &None);
        prop_assert!(met.show.differences(&renewed.with(&other, &touched)).is_empty());
    }

    #[test]
    fn nobody_elses_answer_is_overwritten(
        base in content(), sent in prop::option::of(content()), ours in content(), theirs in content(),
        policy in policy(),
    ) {
        // People do not write answers here.
        let quiet = |mut said: EventContent| {
            for one in &mut said.attendees {
                one.response = answer(&base, &one.email).unwrap_or_default();
            }
            said
        };
        let (sent, ours) = (sent.map(quiet), quiet(ours));
        let met = meet(&of(&base, sent.as_ref(), &ours), &theirs, policy);
        for email in ["ann", "bob"] {
            if let (Some(shown), Some(there)) = (answer(&met.show, email), answer(&theirs, email))
                && answer(&base, email).is_some()
            {
                prop_assert_eq!(shown, there, "{}: {:?}", email, met);
            }
        }
    }

    #[test]
    fn more_vanishing_is_never_less_suspicious(vanishing in 0_i64..3_000, held in 0_i64..10_000) {
        if is_suspicious(vanishing, held) {
            prop_assert!(is_suspicious(vanishing + 1, held));
            prop_assert!(held == 0 || is_suspicious(vanishing, held - 1));
            prop_assert!(vanishing > 25);
        }
    }

    #[test]
    fn waits_grow_obey_the_provider_and_end_only_where_promised(
        attempts in 1_u32..300, asked in prop::option::of(0_u64..10_000_000), random in 0.0_f64..1.0,
        trouble in prop::sample::select(vec![
            Trouble::Transient, Trouble::RateLimited, Trouble::Quota, Trouble::Reauthorize, Trouble::Refused,
        ]),
    ) {
        let patience = Patience::default();
        let asked = asked.map(Duration::from_secs);
        let next = verdict(trouble, attempts, asked, random, &patience);
        let given_up = trouble == Trouble::Refused || (trouble == Trouble::Transient && attempts >= patience.attempts);
        prop_assert_eq!(next == Verdict::Dead, given_up);
        let Verdict::Wait(wait) = next else { return Ok(()) };
        let longest = Limits::WRITES.longest;
        prop_assert!(wait >= Limits::WRITES.least);
        prop_assert!(wait <= longest + Limits::WRITES.cap / 10, "nobody is believed for ever: {:?}", wait);
        if trouble != Trouble::Reauthorize {
            prop_assert!(wait >= asked.unwrap_or_default().min(longest), "{:?} of {:?}", wait, asked);
        }
        match verdict(trouble, attempts + 1, asked, random, &patience) {
            Verdict::Wait(later) => prop_assert!(later >= wait),
            Verdict::Dead => prop_assert_eq!((trouble, attempts + 1), (Trouble::Transient, patience.attempts)),
        }
    }
}
