//! Whose failures count.

use super::*;

const OWN: Fault = Fault::Message { more: 1 };

#[tokio::test]
async fn a_lone_message_has_itself_to_blame() {
    let mut attempts = Attempts::default();
    assert_eq!(attempts.failed(7), OWN);
    assert_eq!(attempts.counted(7, 1), 1);
    assert_eq!(attempts.failed(7), OWN);
}

#[tokio::test]
async fn failures_side_by_side_count_when_another_message_is_accepted() {
    let mut attempts = Attempts::default();
    attempts.failed(7);
    assert_eq!(attempts.failed(8), Fault::Doubtful);
    assert_eq!(attempts.failed(7), Fault::Doubtful);
    attempts.accepted();
    assert_eq!(attempts.failed(8), Fault::Message { more: 2 });
    assert_eq!(attempts.failed(8), OWN);
    assert_eq!(attempts.failed(8), Fault::Doubtful, "once more, and nothing was accepted since");
}

#[tokio::test]
async fn a_receiver_that_takes_nothing_is_to_blame_itself() {
    let mut attempts = Attempts::default();
    let faults: Vec<Fault> = (1..=12).map(|uid| attempts.failed(uid)).collect();
    assert_eq!(faults.iter().filter(|fault| **fault == OWN).count(), 1);
    assert_eq!(faults.last(), Some(&Fault::Receiver));
}

#[tokio::test]
async fn one_acceptance_in_a_long_outage_proves_little() {
    let mut attempts = Attempts::default();
    for uid in 1..=50 {
        attempts.failed(uid);
    }
    attempts.accepted();
    let mut count = |rounds: u32| {
        let faults = (0..rounds).flat_map(|_| 1..=50).map(|uid| attempts.failed(uid));
        faults.filter(|fault| matches!(fault, Fault::Message { .. })).count()
    };
    assert_eq!(count(20), 10);
}

#[tokio::test]
async fn a_receiver_that_is_down_at_one_message_only_is_not_down() {
    let mut attempts = Attempts::default();
    assert_eq!(attempts.met_a_receiver_down(7), Fault::Receiver);
    assert_eq!(attempts.met_a_receiver_down(7), Fault::Receiver);
    attempts.accepted();
    assert_eq!(attempts.met_a_receiver_down(7), Fault::Message { more: 2 });
    assert_eq!(attempts.met_a_receiver_down(7), Fault::Receiver, "nothing was accepted since");
    attempts.accepted();
    assert_eq!(attempts.met_a_receiver_down(8), Fault::Receiver, "it has not failed before");
}

#[tokio::test(start_paused = true)]
async fn what_failed_comes_last_in_turn_and_not_before_it_is_due() {
    let mut attempts = Attempts::default();
    for uid in [3, 2, 1] {
        attempts.failed(uid);
    }
    assert_eq!(attempts.due(vec![1, 2, 3, 4]), (vec![4], vec![]));
    assert!(attempts.next_due().is_some_and(|due| due > Duration::ZERO));
    tokio::time::advance(Duration::from_secs(5)).await;
    assert_eq!(attempts.due(vec![1, 2, 3, 4]), (vec![4], vec![3, 2, 1]));
    attempts.keep(&[1, 4]);
    assert_eq!(attempts.due(vec![1, 4]), (vec![4], vec![1]));
}

#[tokio::test(start_paused = true)]
async fn what_another_process_holds_is_no_reason_to_hurry() {
    let mut attempts = Attempts::default();
    attempts.set_apart(7);
    assert_eq!(attempts.next_due(), Some(Duration::ZERO));
    attempts.held_elsewhere(7);
    attempts.held_elsewhere(8);
    assert_eq!(attempts.next_due(), Some(HELD_ELSEWHERE));
    assert_eq!(attempts.due(vec![7, 8]), (vec![8], vec![]));
}

#[tokio::test]
async fn another_generation_begins_with_nothing() {
    let mut attempts = Attempts::default();
    attempts.enter(1);
    attempts.set_apart(7);
    attempts.enter(1);
    assert!(attempts.sets_apart(7));
    attempts.enter(2);
    assert!(!attempts.sets_apart(7));
}
