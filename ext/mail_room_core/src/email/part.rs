//! A part of a message that holds something, and not others (RFC 2045, section 5).

use std::{ops::Range, sync::LazyLock};

use mail_parser::{HeaderName, MessagePart, decoders::base64::base64_decode, parsers::MessageStream};
use regex::bytes::{NoExpand, Regex};

use super::field;
use crate::charset;

static LINE_END: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(?-u)\r\n").ok());

/// What the header of a part says, and where its content stands.
#[derive(Debug)]
pub(super) struct Part {
    /// `text/plain` or another, in small letters.
    pub(super) content_type: String,
    charset: Option<String>,
    /// What its file would be called.
    pub(super) name: Option<String>,
    /// What an `<img src="cid:…">` calls it.
    pub(super) content_id: Option<String>,
    /// `attachment`, `inline` or another.
    pub(super) disposition: Option<String>,
    /// Content-Transfer-Encoding, in small letters.
    encoding: String,
    body: Range<usize>,
}

impl Part {
    pub(super) fn new(raw: &[u8], part: &MessagePart<'_>) -> Self {
        let value = |name: HeaderName<'_>| {
            let header = part.headers.iter().rfind(|header| header.name == name)?;
            raw.get(header.offset_start as usize..header.offset_end as usize)
        };
        let content_type = value(HeaderName::ContentType).and_then(field::parameters);
        let disposition = value(HeaderName::ContentDisposition).and_then(field::parameters);
        let name = [(&disposition, "filename"), (&content_type, "filename"), (&content_type, "name")]
            .into_iter()
            .find_map(|(field, name)| field.as_ref()?.attribute(name).map(str::to_owned));
        Self {
            charset: content_type.as_ref().and_then(|field| field.attribute("charset")).map(str::to_owned),
            // RFC 2045, section 5.2: so is what no sense can be made of. A multipart without parts is its text.
            content_type: content_type
                .and_then(|field| Some(format!("{}/{}", field.ctype(), field.subtype()?)))
                .filter(|content_type| !content_type.starts_with("multipart/"))
                .unwrap_or_else(|| "text/plain".to_owned()),
            name: name.filter(|name| !name.trim().is_empty()),
            content_id: value(HeaderName::ContentId).and_then(|value| field::ids(value).into_iter().next()),
            disposition: disposition.map(|field| field.ctype().to_owned()),
            encoding: value(HeaderName::ContentTransferEncoding).map(field::text).unwrap_or_default().to_lowercase(),
            body: part.offset_body as usize..part.offset_end as usize,
        }
    }

    /// Something to be read, and not a file of text.
    pub(super) fn is_inline(&self, content_type: &str) -> bool {
        self.content_type == content_type && self.name.is_none() && self.disposition.as_deref() != Some("attachment")
    }

    /// Its content, with lines that end in LF where its encoding is one for lines. What is malformed loses as little
    /// as it can.
    pub(super) fn content(&self, raw: &[u8]) -> Vec<u8> {
        let body = raw.get(self.body.clone()).unwrap_or_default();
        match self.encoding.as_str() {
            "base64" => base64_decode(body).unwrap_or_else(|| {
                let known = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
                base64_decode(&body.iter().copied().filter(known).collect::<Vec<_>>()).unwrap_or_default()
            }),
            "binary" => body.to_vec(),
            "quoted-printable" => match MessageStream::new(body).decode_quoted_printable_mime(b"") {
                (usize::MAX, _) => lines(body),
                (_, decoded) => lines(&decoded),
            },
            _ => lines(body),
        }
    }

    /// Its content as text, with lines that end in LF.
    pub(super) fn text(&self, raw: &[u8]) -> String {
        charset::decode(&self.content(raw), self.charset.as_deref()).replace("\r\n", "\n")
    }
}

/// CRLF becomes LF.
fn lines(bytes: &[u8]) -> Vec<u8> {
    LINE_END.as_ref().map_or(bytes.into(), |end| end.replace_all(bytes, NoExpand(b"\n"))).into_owned()
}
