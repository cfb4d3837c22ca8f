//! What a message holds, sorted for those who read it.

use serde_json::{Value, json};

use super::part::Part;

/// The text of a message, and a word on everything else.
#[derive(Debug, Default)]
pub struct Body {
    /// The first part of plain text that is no file. Text made of HTML is none.
    pub text: Option<String>,
    /// The first part of HTML that is no file.
    pub html: Option<String>,
    /// All other parts from top to bottom: `name`, `content_type`, `size` in bytes, `content_id`, `inline`.
    /// A message within the message is one of them. There are none, and no text, where a message is made to take a
    /// parser minutes: thousands of multiparts within a large one.
    pub attachments: Value,
}

pub(super) fn select(raw: &[u8], parts: &[Part]) -> Body {
    let text = |content_type| first(parts, content_type).map(|index| parts[index].text(raw));
    let attachments = attachments(parts).map(|part| {
        json!({
            "name": part.name,
            "content_type": part.content_type,
            "size": part.content(raw).len(),
            "content_id": part.content_id,
            "inline": part.disposition.as_deref() == Some("inline"),
        })
    });
    Body { text: text("text/plain"), html: text("text/html"), attachments: attachments.collect() }
}

/// All but the text.
pub(super) fn attachments(parts: &[Part]) -> impl Iterator<Item = &Part> {
    let texts = [first(parts, "text/plain"), first(parts, "text/html")];
    parts.iter().enumerate().filter(move |(index, _)| !texts.contains(&Some(*index))).map(|(_, part)| part)
}

fn first(parts: &[Part], content_type: &str) -> Option<usize> {
    parts.iter().position(|part| part.is_inline(content_type))
}
