//! What the benches work on: the same for the same seed.

use std::fmt::Write;

use fastrand::Rng;

pub(crate) const HOST: &str = "gitlab.example.com";

/// What stands in front of the key of a message, and who is to take it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    Reply,
    NewIssue,
    /// Sent to an alias; the key stands in `Delivered-To` only.
    CatchAll,
    /// Only the message id it answers tells the key.
    ByReferences,
    AutoReply,
    /// Nobody takes it, and so all headers are looked at, twice.
    Unmatched,
}

const KINDS: [Kind; 6] =
    [Kind::Reply, Kind::NewIssue, Kind::CatchAll, Kind::ByReferences, Kind::AutoReply, Kind::Unmatched];

/// Messages as they come through large mail hosters: 25 to 30 fields, 4 to 6 kB of them.
pub(crate) fn hosted(count: usize, seed: u64) -> Vec<Vec<u8>> {
    let mut random = Rng::with_seed(seed);
    (0..count).map(|number| one(KINDS[number % KINDS.len()], number, &mut random)).collect()
}

/// The mails of `spec/fixtures`, real ones of many programs and broken ones.
pub(crate) fn fixtures() -> Vec<Vec<u8>> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../spec/fixtures/mails/incoming_email");
    let mut paths: Vec<_> =
        std::fs::read_dir(folder).expect("the fixtures").flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|kind| kind == "eml"));
    paths.sort();
    paths.iter().map(|path| std::fs::read(path).expect("a mail")).collect()
}

fn one(kind: Kind, number: usize, random: &mut Rng) -> Vec<u8> {
    let key = match kind {
        Kind::NewIssue | Kind::CatchAll => format!("acme-website-{number}-glimt-{}-issue", letters(random, 20)),
        _ => format!("{:032x}", random.u128(..)),
    };
    let keyed = format!("incoming+{key}@{HOST}");
    let recipient = match kind {
        Kind::CatchAll | Kind::Unmatched | Kind::ByReferences => "support@example.com".to_owned(),
        _ => keyed.clone(),
    };
    let delivered = if matches!(kind, Kind::CatchAll) { &keyed } else { &recipient };
    let mut head = format!("Delivered-To: {delivered}\r\n");
    for hop in 0..4 {
        let _ = write!(
            head,
            "Received: from mail-{hop}.example.org (mail-{hop}.example.org. [192.0.2.{hop}])\r\n\
             \x20       by mx{hop}.example.net with ESMTPS id {}\r\n\
             \x20       (version=TLS1_3 cipher=TLS_AES_256_GCM_SHA384 bits=256/256);\r\n\
             \x20       Mon, 02 Sep 2024 02:15:0{hop} -0700 (PDT)\r\n",
            letters(random, 40)
        );
    }
    for name in ["ARC-Seal", "ARC-Message-Signature", "DKIM-Signature", "X-Google-DKIM-Signature"] {
        let _ = write!(head, "{name}: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.org; s=20230601;\r\n");
        for _ in 0..5 {
            let _ = write!(head, "        {}\r\n", letters(random, 68));
        }
    }
    let _ = write!(
        head,
        "ARC-Authentication-Results: i=1; mx.example.net;\r\n\
         \x20      dkim=pass header.i=@example.org header.s=20230601;\r\n\
         \x20      spf=pass (example.net: domain of jo@example.org designates 192.0.2.1 as permitted sender)\r\n\
         X-Gm-Message-State: {}\r\nX-Google-Smtp-Source: {}\r\n\
         X-MS-Exchange-Organization-SCL: 1\r\nX-Microsoft-Antispam: BCL:0;\r\nX-Forefront-Antispam-Report: {}\r\n\
         Return-Path: <jo@example.org>\r\n\
         From: =?UTF-8?B?SsO2cmc=?= <jo@example.org>\r\n\
         Date: Mon, 2 Sep 2024 11:14:51 +0200\r\n\
         Message-ID: <{}@mail.example.org>\r\n\
         Subject: Re: Acme / Website | One more thing (#{number})\r\n\
         To: \"Acme / Website\" <{recipient}>\r\nCc: Jo <jo@example.org>, Al <al@example.org>\r\n",
        letters(random, 180),
        letters(random, 60),
        letters(random, 120),
        letters(random, 40),
    );
    if matches!(kind, Kind::ByReferences) {
        let _ =
            write!(head, "In-Reply-To: <note_1@{HOST}>\r\nReferences: <a@example.org>\r\n <reply-{key}@{HOST}>\r\n");
    }
    if matches!(kind, Kind::AutoReply) {
        head.push_str("Auto-Submitted: auto-replied\r\nX-Autoreply: yes\r\n");
    }
    head.push_str("MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=\"0000000000abcdef\"\r\n\r\n");
    head.push_str(&"The bridge is still broken.\r\n".repeat(100));
    head.into_bytes()
}

fn letters(random: &mut Rng, count: usize) -> String {
    (0..count).map(|_| random.alphanumeric()).collect()
}
