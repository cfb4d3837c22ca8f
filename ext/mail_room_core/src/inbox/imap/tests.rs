//! What is asked before it is wanted, and what comes of it.

mod counting;
mod dialogue;
mod told;

use self::dialogue::Dialogue;
use super::*;
use crate::{Error, inbox::Mark};

fn sizes(sizes: Result<Vec<MessageSize>>) -> Vec<(Uid, u64)> {
    sizes.expect("sizes").into_iter().map(|size| (size.uid, size.bytes)).collect()
}

fn texts(messages: Result<Vec<Message>>) -> Vec<(Uid, String)> {
    let text = |message: Message| (message.uid, String::from_utf8_lossy(&message.raw).into_owned());
    messages.expect("messages").into_iter().map(text).collect()
}

fn announce(imap: &mut Imap, uids: &[Uid]) {
    uids.iter().for_each(|uid| imap.announce(Next::Messages(&[*uid])));
}

const MARK: &str = "C: UID STORE 9 +FLAGS.SILENT (\\Seen)\nS: $1 OK done\n";

/// Has a question sent whose answer nobody waits for.
async fn mark_and_announce(imap: &mut Imap, uid: Uid) {
    imap.announce(Next::Messages(&[uid]));
    imap.mark(&[9], Mark::Delivered).await.expect("a mark");
}

fn text(uid: Uid, text: &str) -> (Uid, String) {
    (uid, text.to_owned())
}

#[tokio::test]
async fn what_was_announced_is_there_when_it_is_asked_for() {
    let mut dialogue = Dialogue::begin(
        "C: UID FETCH 1:2 (UID RFC822.SIZE)\n\
         C: UID FETCH 3 (UID FLAGS RFC822.SIZE BODY.PEEK[])\n\
         C: UID FETCH 4 (UID FLAGS RFC822.SIZE BODY.PEEK[])\n\
         S: * 1 FETCH (UID 1 RFC822.SIZE 10)\nS: * 2 FETCH (UID 2 RFC822.SIZE 20)\nS: $1 OK done\n\
         S: * 3 FETCH (UID 3 FLAGS () RFC822.SIZE 5 BODY[] <three>)\nS: $2 OK done\n\
         S: * 4 FETCH (UID 4 FLAGS () RFC822.SIZE 4 BODY[] <four>)\nS: $3 OK done\n\
         C: LOGOUT\nS: * BYE bye\nS: $4 OK done",
    )
    .await;
    let imap = &mut dialogue.imap;
    imap.announce(Next::Sizes(&[1, 2]));
    imap.announce(Next::Messages(&[3]));
    imap.announce(Next::Messages(&[3]));
    imap.announce(Next::Messages(&[4]));
    assert_eq!(sizes(imap.sizes(&[1, 2]).await), [(1, 10), (2, 20)]);
    assert_eq!(texts(imap.fetch(&[3]).await), [text(3, "three")]);
    assert_eq!(texts(imap.fetch(&[4]).await), [text(4, "four")]);
    dialogue.log_out().await;
}

/// A server far away would be idle otherwise for as long as the way there and back takes.
#[tokio::test]
async fn what_is_announced_goes_out_although_the_answer_waited_for_is_on_its_way() {
    let mut dialogue = Dialogue::begin(
        "C: UID FETCH 1 (UID FLAGS RFC822.SIZE BODY.PEEK[])\nC: UID FETCH 2 (UID FLAGS RFC822.SIZE BODY.PEEK[])\n\
         S: * 1 FETCH (UID 1 FLAGS () RFC822.SIZE 3 BODY[] <one>)\nS: $1 OK done\n\
         C: UID FETCH 3 (UID RFC822.SIZE)\n\
         S: * 2 FETCH (UID 2 FLAGS () RFC822.SIZE 3 BODY[] <two>)\nS: $2 OK done\n\
         S: * 3 FETCH (UID 3 RFC822.SIZE 30)\nS: $3 OK done",
    )
    .await;
    let imap = &mut dialogue.imap;
    announce(imap, &[1, 2]);
    assert_eq!(texts(imap.fetch(&[1]).await), [text(1, "one")]);
    imap.announce(Next::Sizes(&[3]));
    assert_eq!(texts(imap.fetch(&[2]).await), [text(2, "two")]);
    assert_eq!(sizes(imap.sizes(&[3]).await), [(3, 30)]);
    dialogue.end().await;
}

#[tokio::test]
async fn what_was_skipped_is_asked_anew() {
    let mut dialogue = Dialogue::begin(
        "C: UID FETCH 1 (UID RFC822.SIZE)\nC: UID FETCH 2 (UID RFC822.SIZE)\n\
         S: * 1 FETCH (UID 1 RFC822.SIZE 10)\nS: $1 OK done\nS: * 2 FETCH (UID 2 RFC822.SIZE 20)\nS: $2 OK done\n\
         C: UID FETCH 1 (UID RFC822.SIZE)\nS: * 1 FETCH (UID 1 RFC822.SIZE 11)\nS: $3 OK done",
    )
    .await;
    dialogue.imap.announce(Next::Sizes(&[1]));
    dialogue.imap.announce(Next::Sizes(&[2]));
    assert_eq!(sizes(dialogue.imap.sizes(&[2]).await), [(2, 20)]);
    assert_eq!(sizes(dialogue.imap.sizes(&[1]).await), [(1, 11)]);
    dialogue.end().await;
}

#[tokio::test]
async fn what_is_done_already_is_marked_first_and_all_goes_out_in_one_piece() {
    let mut dialogue = Dialogue::begin(
        "C: UID STORE 2:3 +FLAGS.SILENT (\\Seen \\Deleted)\nC: UID EXPUNGE 1\n\
         C: UID FETCH 4 (UID FLAGS RFC822.SIZE BODY.PEEK[])\n\
         S: * 1 FETCH (FLAGS (\\Seen) UID 2)\nS: $1 OK done\nS: * 1 EXPUNGE\nS: * 12 EXISTS\nS: $2 OK done\n\
         S: * OK Still here\nS: * 3 FETCH (UID 4 FLAGS () RFC822.SIZE 5 BODY[] <three>)\nS: $3 OK done",
    )
    .await;
    let (imap, counted) = (&mut dialogue.imap, &dialogue.counted);
    imap.announce(Next::Removal(&[1]));
    imap.announce(Next::Messages(&[4]));
    imap.mark(&[2, 3], Mark::DeliveredAndExpunged).await.expect("a mark");
    imap.expunge(&[1]).await.expect("its end");
    assert!(imap.wire.take_news(), "three more have come");
    assert_eq!(texts(imap.fetch(&[4]).await), [text(4, "three")]);
    assert_eq!(counted.take().1, 1);
    dialogue.end().await;
}

#[tokio::test]
async fn a_removal_takes_nothing_of_what_was_announced_before() {
    let mut dialogue = Dialogue::begin(
        "C: UID FETCH 2 (UID FLAGS RFC822.SIZE BODY.PEEK[])\nC: UID FETCH 3 (UID FLAGS RFC822.SIZE BODY.PEEK[])\n\
         S: * 2 FETCH (UID 2 BODY[] <two>)\nS: $1 OK done\n\
         C: UID EXPUNGE 1\nS: $3 OK done\nS: * 3 FETCH (UID 3 BODY[] <three>)\nS: $2 OK done",
    )
    .await;
    announce(&mut dialogue.imap, &[2, 3]);
    assert_eq!(texts(dialogue.imap.fetch(&[2]).await), [text(2, "two")]);
    dialogue.imap.announce(Next::Removal(&[1]));
    dialogue.imap.expunge(&[1]).await.expect("its end");
    assert_eq!(texts(dialogue.imap.fetch(&[3]).await), [text(3, "three")]);
    dialogue.end().await;
}

#[tokio::test]
async fn a_mark_between_takes_nothing_of_what_was_announced() {
    let mut dialogue = Dialogue::begin(
        "C: UID FETCH 2 (UID FLAGS RFC822.SIZE BODY.PEEK[])\nC: UID FETCH 3 (UID FLAGS RFC822.SIZE BODY.PEEK[])\n\
         S: * 2 FETCH (UID 2 BODY[] <two>)\nS: $1 OK done\n\
         C: UID STORE 2 +FLAGS.SILENT (\\Seen)\n\
         S: * 2 FETCH (FLAGS (\\Seen) UID 2)\nS: * 12 EXISTS\nS: * 4 EXPUNGE\nS: * OK Still here\n\
         S: * 3 FETCH (UID 3 FLAGS () RFC822.SIZE 5 BODY[] <three>)\nS: $2 OK done\n\
         S: * 9 FETCH (FLAGS ())\nS: $3 OK done",
    )
    .await;
    let imap = &mut dialogue.imap;
    announce(imap, &[2, 3]);
    assert_eq!(texts(imap.fetch(&[2]).await), [text(2, "two")]);
    imap.mark(&[2], Mark::Delivered).await.expect("a mark");
    assert!(imap.wire.take_news(), "three more have come");
    assert_eq!(texts(imap.fetch(&[3]).await), [text(3, "three")]);
    dialogue.end().await;
}

/// Dovecot tells of the second what it was asked before it has answered the first.
#[tokio::test]
async fn a_server_may_work_on_several_at_once_and_in_any_order() {
    let mut dialogue = Dialogue::begin(
        "C: UID STORE 9 +FLAGS.SILENT (\\Seen)\n\
         C: UID FETCH 1:2 (UID FLAGS RFC822.SIZE BODY.PEEK[])\n\
         C: UID FETCH 3:4 (UID RFC822.SIZE)\n\
         S: * 1 FETCH (UID 1 FLAGS () RFC822.SIZE 3 BODY[] <one>)\n\
         S: * 3 FETCH (UID 3 RFC822.SIZE 30)\nS: * 4 FETCH (UID 4 RFC822.SIZE 40)\n\
         S: $3 OK done\nS: $1 OK done\n\
         S: * 2 FETCH (UID 2 FLAGS () RFC822.SIZE 3 BODY[] <two>)\nS: $2 OK done",
    )
    .await;
    let imap = &mut dialogue.imap;
    imap.announce(Next::Messages(&[1, 2]));
    imap.announce(Next::Sizes(&[3, 4]));
    imap.mark(&[9], Mark::Delivered).await.expect("a mark");
    assert_eq!(texts(imap.fetch(&[1, 2]).await), [text(1, "one"), text(2, "two")]);
    assert_eq!(sizes(imap.sizes(&[3, 4]).await), [(3, 30), (4, 40)]);
    dialogue.end().await;
}

#[tokio::test]
async fn what_was_announced_in_vain_is_taken_for_nothing_else() {
    let mut dialogue = Dialogue::begin(
        "C: UID FETCH 2 (UID FLAGS RFC822.SIZE BODY.PEEK[])\n\
         C: UID FETCH 1:3 (UID FLAGS RFC822.SIZE BODY.PEEK[])\n\
         S: * 1 FETCH (UID 1 FLAGS () RFC822.SIZE 3 BODY[] <one>)\n\
         S: * 2 FETCH (UID 2 FLAGS () RFC822.SIZE 3 BODY[] <two>)\nS: $1 OK done\n\
         S: * 2 FETCH (UID 2 FLAGS () RFC822.SIZE 3 BODY[] <two>)\n\
         S: * 3 FETCH (UID 3 FLAGS () RFC822.SIZE 5 BODY[] <three>)\nS: $2 OK done\n\
         C: UID SEARCH UNSEEN\nS: * SEARCH 1 3\nS: $3 OK done\n\
         C: UID FETCH 1:3 (UID FLAGS RFC822.SIZE BODY.PEEK[])\nS: $4 OK gone",
    )
    .await;
    let imap = &mut dialogue.imap;
    imap.announce(Next::Messages(&[1, 2, 3]));
    assert_eq!(texts(imap.fetch(&[2]).await), [text(2, "two")]);
    imap.announce(Next::Messages(&[1]));
    assert_eq!(imap.unread().await.expect("a list"), [1, 3]);
    assert_eq!(texts(imap.fetch(&[1, 2, 3]).await), [], "a new list, and new questions");
    dialogue.end().await;
}

#[tokio::test]
async fn a_refusal_shows_when_it_is_asked_for() {
    let mut dialogue = Dialogue::begin(
        "C: UID STORE 9 +FLAGS.SILENT (\\Seen)\n\
         C: UID FETCH 1 (UID FLAGS RFC822.SIZE BODY.PEEK[])\n\
         C: UID FETCH 2 (UID FLAGS RFC822.SIZE BODY.PEEK[])\n\
         S: $2 NO cannot read it\nS: * 2 FETCH (UID 2 BODY[] <two>)\nS: $3 OK done\nS: $1 OK done\n\
         C: UID FETCH 1 (UID FLAGS RFC822.SIZE BODY.PEEK[])\nS: * 1 FETCH (UID 1 BODY[] <one>)\nS: $4 OK done",
    )
    .await;
    let imap = &mut dialogue.imap;
    announce(imap, &[1, 2]);
    imap.mark(&[9], Mark::Delivered).await.expect("a mark");
    let refused = imap.fetch(&[1]).await;
    assert!(matches!(refused, Err(Error::Refused { command: "UID FETCH", .. })), "{refused:?}");
    assert_eq!(texts(imap.fetch(&[1]).await), [text(1, "one")], "asked anew");
    assert_eq!(texts(imap.fetch(&[2]).await), [text(2, "two")], "it was there all the time");
    dialogue.end().await;
}

#[tokio::test]
async fn an_answer_to_no_command_a_bye_and_an_end_are_errors() {
    for (said, error) in [
        ("S: X9 OK done", "UID STORE was answered with the tag of no command"),
        ("S: $1 OK done\nS: $1 OK done", "UID FETCH was answered with the tag of no command"),
        ("S: + more", "UID STORE is complete, and the server asks for more"),
        ("S: * BYE going down", "server said BYE: going down"),
        ("S: * 1 FETCH (UID 1 BODY[] <one>)\n[close]", "connection lost"),
    ] {
        let mut dialogue = Dialogue::begin(&format!(
            "C: UID STORE 9 +FLAGS.SILENT (\\Seen)\nC: UID FETCH 1 (UID FLAGS RFC822.SIZE BODY.PEEK[])\n{said}"
        ))
        .await;
        let imap = &mut dialogue.imap;
        announce(imap, &[1]);
        let told = match imap.mark(&[9], Mark::Delivered).await {
            Ok(()) => imap.fetch(&[1]).await.expect_err(said),
            Err(error) => error,
        };
        assert!(told.to_string().contains(error), "{told}");
        dialogue.end().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_falls_silent_is_given_up() {
    let mut dialogue = Dialogue::begin(&(MARK.to_owned() + "C: UID FETCH 1 (UID FLAGS RFC822.SIZE BODY.PEEK[])")).await;
    mark_and_announce(&mut dialogue.imap, 1).await;
    // Nobody reads for an hour, which is no silence of the server's.
    tokio::time::sleep(std::time::Duration::from_secs(3600)).await;
    let (asked, outcome) = (Instant::now(), dialogue.imap.fetch(&[1]).await);
    assert!(matches!(outcome, Err(Error::Deadline { wait: "UID FETCH", .. })), "{outcome:?}");
    assert_eq!(asked.elapsed().as_secs(), 60);
    dialogue.end().await;
}

#[tokio::test]
async fn nobody_waits_for_messages_on_their_way_to_say_goodbye() {
    let mut dialogue = Dialogue::begin(&(MARK.to_owned() + "C: UID FETCH 1 (UID FLAGS RFC822.SIZE BODY.PEEK[])")).await;
    mark_and_announce(&mut dialogue.imap, 1).await;
    dialogue.log_out().await;
}

#[tokio::test]
async fn a_wait_for_news_begins_when_all_is_answered() {
    let mut dialogue = Dialogue::begin(
        &(MARK.to_owned()
            + "C: UID FETCH 1 (UID FLAGS RFC822.SIZE BODY.PEEK[])\n\
               S: * 1 FETCH (UID 1 BODY[] <one>)\nS: $2 OK done\n\
               C: IDLE\nS: + idling\nS: * 10 EXISTS\nC: DONE\nS: $3 OK done"),
    )
    .await;
    dialogue.imap.wire.take_news();
    mark_and_announce(&mut dialogue.imap, 1).await;
    dialogue.imap.wait(std::time::Duration::MAX, std::future::pending()).await.expect("news");
    dialogue.end().await;
}

#[tokio::test]
async fn a_message_is_removed_when_its_mark_is_known_to_be_made() {
    let mut dialogue = Dialogue::begin(
        "C: UID STORE 1:2 +FLAGS.SILENT (\\Seen \\Deleted)\nS: $1 OK done\n\
         C: UID EXPUNGE 1:2\nS: * 1 EXPUNGE\nS: * 1 EXPUNGE\nS: $2 OK done\n\
         C: UID EXPUNGE 4\nS: $3 NO not that one",
    )
    .await;
    dialogue.imap.mark(&[1, 2], Mark::DeliveredAndExpunged).await.expect("marks");
    dialogue.imap.expunge(&[1, 2]).await.expect("their end");
    let refused = dialogue.imap.expunge(&[4]).await;
    assert!(matches!(refused, Err(Error::Refused { command: "UID EXPUNGE", .. })), "{refused:?}");
    dialogue.end().await;
}

#[tokio::test]
async fn where_a_mark_is_refused_what_was_marked_before_is_removed_all_the_same() {
    let mut dialogue = Dialogue::with_keywords(
        true,
        "C: UID STORE 2 +FLAGS.SILENT (\\Seen \\Deleted $MailRoomDelivered)\nC: UID EXPUNGE 1\n\
         S: $1 NO too many keywords\nS: $2 OK done\n\
         C: UID STORE 2 +FLAGS.SILENT (\\Seen \\Deleted)\nS: $3 OK done",
    )
    .await;
    dialogue.imap.announce(Next::Removal(&[1]));
    dialogue.imap.mark(&[2], Mark::DeliveredAndExpunged).await.expect("marks");
    dialogue.imap.expunge(&[1]).await.expect("its end");
    dialogue.end().await;
}
