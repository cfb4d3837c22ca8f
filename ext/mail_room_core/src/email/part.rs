//! A part of a message that holds something, and not others (RFC 2045, section 5).

use std::ops::Range;

use super::{
    header::Header,
    parameters::Parameters,
    transfer::{self, Transfer},
    words,
};
use crate::charset;

/// What the header of a part says, and where its content stands.
#[derive(Debug, Default)]
pub(super) struct Part {
    /// `text/plain` or another, in small letters.
    pub(super) content_type: String,
    pub(super) charset: Option<String>,
    /// What its file would be called.
    pub(super) name: Option<String>,
    /// What an `<img src="cid:…">` calls it.
    pub(super) content_id: Option<String>,
    /// `attachment`, `inline` or another.
    pub(super) disposition: Option<String>,
    pub(super) transfer: Transfer,
    /// What parts it: for a multipart only.
    pub(super) boundary: Option<Vec<u8>>,
    pub(super) body: Range<usize>,
}

impl Part {
    /// `default` is the type of a part that names none.
    pub(super) fn new(header: &Header<'_>, default: &str, body: Range<usize>) -> Self {
        let parameters = |name: &str| header.last(name).map(Parameters::parse).unwrap_or_default();
        let (content_type, disposition) = (parameters("Content-Type"), parameters("Content-Disposition"));
        let transfer = header.last("Content-Transfer-Encoding").map(Parameters::parse).unwrap_or_default();
        let name = disposition.text("filename").or_else(|| content_type.text("filename"));
        let content_id = header.last("Content-ID").map(|id| words::text(id).trim_matches(['<', '>']).to_owned());
        let multipart = content_type.value.starts_with("multipart/");
        Self {
            charset: content_type.plain("charset").map(str::to_owned),
            name: name.or_else(|| content_type.text("name")).filter(|name| !name.trim().is_empty()),
            content_id: content_id.filter(|id| !id.is_empty()),
            disposition: Some(disposition.value).filter(|value| !value.is_empty()),
            transfer: Transfer::named(&transfer.value),
            boundary: content_type.plain("boundary").filter(|_| multipart).map(|text| text.as_bytes().to_vec()),
            // RFC 2045, section 5.2: so is what no sense can be made of.
            content_type: if content_type.value.contains('/') { content_type.value } else { default.to_owned() },
            body,
        }
    }

    /// The type of parts within this one that name none (RFC 2046, section 5.1.5).
    pub(super) fn default_within(&self) -> &'static str {
        if self.content_type == "multipart/digest" { "message/rfc822" } else { "text/plain" }
    }

    /// Something to be read, and not a file of text.
    pub(super) fn is_inline(&self, content_type: &str) -> bool {
        self.content_type == content_type && self.name.is_none() && self.disposition.as_deref() != Some("attachment")
    }

    pub(super) fn content(&self, raw: &[u8]) -> Vec<u8> {
        self.transfer.decode(&raw[self.body.clone()])
    }

    /// Its content as text, with lines that end in LF.
    pub(super) fn text(&self, raw: &[u8]) -> String {
        let content = self.content(raw);
        let text = charset::decode(&content, self.charset.as_deref());
        if text.contains("\r\n") { text.replace("\r\n", "\n") } else { text.into_owned() }
    }

    /// How many bytes its content has.
    pub(super) fn size(&self, raw: &[u8]) -> usize {
        let body = &raw[self.body.clone()];
        match self.transfer {
            Transfer::Binary => body.len(),
            Transfer::Lines => body.len() - transfer::carriage_returns(body),
            Transfer::Base64 => transfer::base64_size(body),
            Transfer::QuotedPrintable => self.content(raw).len(),
        }
    }
}
