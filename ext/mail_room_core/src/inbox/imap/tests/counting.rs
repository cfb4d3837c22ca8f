//! Reads and writes, which are what a system call each is made for.

use std::fmt::Write;

use super::{dialogue::Dialogue, *};

const MESSAGES: u32 = 1_000;

/// All have UIDs of five digits and no neighbours, which makes for long commands.
fn uids() -> Vec<Uid> {
    (0..MESSAGES).map(|n| 10_001 + n * 2).collect()
}

fn commands(command: &str, after: &str) -> String {
    uid_sets(&uids()).iter().fold(String::new(), |mut lines, set| {
        let _ = writeln!(lines, "C: UID {command} {set}{after}");
        lines
    })
}

fn answers(first: usize) -> String {
    let answers = (0..uid_sets(&uids()).len()).map(|nth| format!("S: ${} OK done\n", first + nth));
    answers.collect()
}

#[tokio::test]
async fn a_window_of_small_messages_takes_few_reads_and_a_write_for_each_question() {
    let body = "Subject: small ".to_owned() + &"0123456789 ".repeat(280);
    let mut script = commands("FETCH", " (UID RFC822.SIZE)");
    for uid in uids() {
        let _ = writeln!(script, "S: * 1 FETCH (UID {uid} RFC822.SIZE {})", body.len());
    }
    script += &answers(1);
    script += &commands("FETCH", " (UID FLAGS RFC822.SIZE BODY.PEEK[])");
    for uid in uids() {
        let _ = writeln!(script, "S: * 1 FETCH (UID {uid} FLAGS () RFC822.SIZE {} BODY[] <{body}>)", body.len());
    }
    let sets = uid_sets(&uids()).len();
    script += &answers(sets + 1);
    script += &commands("STORE", " +FLAGS.SILENT (\\Seen \\Deleted)");
    script += &answers(2 * sets + 1);
    script += &commands("EXPUNGE", "");
    for _ in uids() {
        script += "S: * 1 EXPUNGE\n";
    }
    script += &answers(3 * sets + 1);
    assert!(sets > 1);

    let mut dialogue = Dialogue::begin(&script).await;
    let (imap, counted) = (&mut dialogue.imap, &dialogue.counted);
    assert_eq!(imap.sizes(&uids()).await.expect("sizes").len(), uids().len());
    let (reads, writes) = counted.take();
    assert!(writes == 1 && reads <= 10, "{reads} reads and {writes} writes for the sizes");

    assert_eq!(imap.fetch(&uids()).await.expect("messages").len(), uids().len());
    let (reads, writes) = counted.take();
    assert!(writes == 1 && reads <= 60, "{reads} reads and {writes} writes for 3.2 MB of messages");

    imap.mark(&uids(), Mark::DeliveredAndExpunged).await.expect("marks");
    imap.expunge(&uids()).await.expect("their end");
    let (reads, writes) = counted.take();
    assert!(writes == 2 && reads <= 20, "{reads} reads and {writes} writes for the marks and the removal");
    dialogue.end().await;
}

#[tokio::test]
async fn a_large_message_takes_few_reads_and_lies_in_no_more_than_its_size() {
    let body = "0123456789 ".repeat(1 << 20);
    let script = format!(
        "C: UID FETCH 7 (UID FLAGS RFC822.SIZE BODY.PEEK[])\nS: * 1 FETCH (UID 7 BODY[] <{body}>)\nS: $1 OK done"
    );
    let mut dialogue = Dialogue::begin(&script).await;
    let messages = dialogue.imap.fetch(&[7]).await.expect("messages");
    let (reads, _) = dialogue.counted.take();
    assert!(reads <= 60, "{reads} reads for 11 MiB");
    let [message] = &messages[..] else { panic!("{} messages", messages.len()) };
    assert_eq!((message.raw.len(), message.raw.capacity()), (body.len(), body.len()));
    dialogue.end().await;
}
