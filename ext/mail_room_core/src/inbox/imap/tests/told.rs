//! What a server has told counts before it says that it is done: Dovecot, for one, says so when it is done with all that
//! it was asked.

use super::*;

#[tokio::test]
async fn nobody_waits_for_the_word_behind_what_was_told() {
    let mut dialogue = Dialogue::begin(
        "C: UID FETCH 1:2 (UID RFC822.SIZE)\n\
         S: * 1 FETCH (UID 1 RFC822.SIZE 3)\nS: * 2 FETCH (UID 2 RFC822.SIZE 3)\n\
         C: UID FETCH 1:2 (UID FLAGS RFC822.SIZE BODY.PEEK[])\n\
         S: * 1 FETCH (UID 1 BODY[] <one>)\nS: * 2 FETCH (UID 2 BODY[] <two>)\n\
         C: UID STORE 1:2 +FLAGS.SILENT (\\Seen)\nS: $1 OK done\nS: $3 OK done\nS: $2 OK done",
    )
    .await;
    let imap = &mut dialogue.imap;
    assert_eq!(sizes(imap.sizes(&[1, 2]).await), [(1, 3), (2, 3)]);
    assert_eq!(texts(imap.fetch(&[1, 2]).await), [text(1, "one"), text(2, "two")]);
    imap.mark(&[1, 2], Mark::Delivered).await.expect("a mark, which has to be known to be made");
    dialogue.end().await;
}

#[tokio::test]
async fn what_is_missing_is_waited_for_until_the_server_says_that_it_is_done() {
    let mut dialogue = Dialogue::begin(
        "C: UID FETCH 1:2 (UID RFC822.SIZE)\n\
         S: * 1 FETCH (UID 1 RFC822.SIZE 3)\nS: * 1 FETCH (UID 1 RFC822.SIZE 3)\nS: * 3 FETCH (UID 3 RFC822.SIZE 3)\n\
         S: $1 OK done\n\
         C: UID FETCH 1 (UID FLAGS RFC822.SIZE BODY.PEEK[])\n\
         S: * 1 FETCH (UID 1 RFC822.SIZE 3)\nS: * 1 FETCH (UID 1 BODY[] <one>)",
    )
    .await;
    let imap = &mut dialogue.imap;
    assert_eq!(sizes(imap.sizes(&[1, 2]).await), [(1, 3)]);
    assert_eq!(texts(imap.fetch(&[1]).await), [text(1, "one")]);
    dialogue.end().await;
}

#[tokio::test]
async fn a_refusal_behind_all_that_was_asked_changes_nothing() {
    let mut dialogue = Dialogue::begin(
        "C: UID FETCH 1 (UID RFC822.SIZE)\nS: * 1 FETCH (UID 1 RFC822.SIZE 3)\n\
         C: UID FETCH 1 (UID FLAGS RFC822.SIZE BODY.PEEK[])\nS: $1 NO too late\n\
         S: * 1 FETCH (UID 1 BODY[] <one>)\nS: $2 NO too late",
    )
    .await;
    let imap = &mut dialogue.imap;
    assert_eq!(sizes(imap.sizes(&[1]).await), [(1, 3)]);
    assert_eq!(texts(imap.fetch(&[1]).await), [text(1, "one")]);
    dialogue.end().await;
}

#[tokio::test]
async fn goodbye_is_said_behind_messages_that_have_come() {
    let mut dialogue = Dialogue::begin(
        "C: UID FETCH 1 (UID FLAGS RFC822.SIZE BODY.PEEK[])\nS: * 1 FETCH (UID 1 BODY[] <one>)\nS: $1 OK done\n\
         C: LOGOUT\nS: * BYE bye\nS: $2 OK done",
    )
    .await;
    assert_eq!(texts(dialogue.imap.fetch(&[1]).await), [text(1, "one")]);
    dialogue.log_out().await;
}
