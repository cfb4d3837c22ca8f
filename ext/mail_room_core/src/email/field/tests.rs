//! Values as mailers write them.

use super::*;

fn found(value: &str) -> Vec<(String, String)> {
    addresses(value.as_bytes()).into_iter().map(|(name, address)| (name.unwrap_or_default(), address)).collect()
}

#[test]
fn addresses_come_with_their_names() {
    for (value, expected) in [
        ("a@b, <c@d>", [("", "a@b"), ("", "c@d")].as_slice()),
        ("Ann Other <ann@b>, \"Other, \\\"Bob\\\"\" <bob@b>", &[("Ann Other", "ann@b"), ("Other, \"Bob\"", "bob@b")]),
        ("ann@b (Ann Other)", &[("Ann Other", "ann@b")]),
        ("=?utf-8?q?J=C3=BCrgen?= =?utf-8?q?_M?= <j@b>", &[("Jürgen M", "j@b")]),
        ("\"=?utf-8?q?J=C3=BCrgen=2C?=\" <j@b>", &[("Jürgen,", "j@b")]),
        ("\"=?utf-8?q?J=C3=BCrgen?= =?utf-8?q?_M?=\" <j@b>", &[("Jürgen M", "j@b")]),
        ("Team: a@b, Bee <b@b>;, c@b", &[("", "a@b"), ("Bee", "b@b"), ("", "c@b")]),
        ("undisclosed-recipients:;", &[]),
        ("日本 <j@b>", &[("日本", "j@b")]),
        ("Ann <a@b>, Bob <a@b>", &[("Ann", "a@b"), ("Ann", "a@b")]),
        ("Ann <a@b> x, Bob <c@d>", &[("Ann x", "a@b"), ("Bob", "c@d")]),
        ("", &[]),
    ] {
        let expected: Vec<_> = expected.iter().map(|(name, address)| ((*name).into(), (*address).into())).collect();
        assert_eq!(found(value), expected, "{value}");
    }
}

#[test]
fn names_of_files_come_in_every_dress() {
    for (value, expected) in [
        ("attachment; filename=a.txt", "a.txt"),
        ("attachment;\r\n\tFileName=\"a; \\\"b\\\".txt\"", "a; \"b\".txt"),
        ("x; filename*=iso-8859-1''caf%e9.txt", "café.txt"),
        ("x; filename*0=\"long\"; filename*1=\".txt\"", "long.txt"),
        ("x; filename*0*=utf-8''%E3%81;\r\n filename*1*=%AE; filename*2=.txt", "の.txt"),
        ("x; filename*0*=\"iso-2022-jp'ja'%1B%24B%46%7C\"; filename*1*=\"%4B%5C%1B%28B\"", "日本"),
        ("x; filename=\"=?utf-8?B?w6kudHh0?=\"", "é.txt"),
        ("x; filename=\"=?UTF-8?B?44Gu44Gu?=\r\n =?UTF-8?Q?=E3=81=AE?=.txt\"", "ののの.txt"),
        ("x; filename=caf\u{e9}.txt", "café.txt"),
    ] {
        let parameters = parameters(value.as_bytes());
        let name = parameters.as_ref().and_then(|field| field.attribute("filename"));
        assert_eq!(name, Some(expected), "{value}");
    }
}

#[test]
fn words_are_decoded_and_the_space_between_them_is_none() {
    for (value, expected) in [
        ("=?UTF-8?Q?Gr=C3=BC=C3=9Fe_an?= =?utf-8?b?IGFsbGU=?= sie", "Grüße an alle sie"),
        ("a =?iso-8859-1*de?q?=E9?=\r\n =?iso-8859-15?q?=A4?= b", "a é€ b"),
        ("Re: [=?iso-2022-jp?B?GyRCRnxLXBsoQg==?=]", "Re: [日本]"),
        ("50=? 100=?=? a=b", "50=? 100=?=? a=b"),
    ] {
        assert_eq!(words(value.as_bytes()), expected);
    }
    assert_eq!(words(b"caf\xe9 \xe0 la carte\r\n"), "café à la carte");
}

#[test]
fn ids_stand_in_brackets() {
    assert_eq!(ids(b"<a@b>,<c@d>\r\n \"<e@f>\" (x) <>\r\n"), ["a@b", "c@d", "e@f"]);
    assert_eq!((ids(b"a@b"), ids(b"")), (vec!["a@b".to_owned()], vec![]));
}
