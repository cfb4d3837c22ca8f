//! The headers of a message, and nothing below them.

/// The headers of a message. Where they cannot be read there are none.
#[derive(Debug)]
pub(crate) struct Headers<'x> {
    raw: &'x [u8],
}

impl<'x> Headers<'x> {
    /// Reads the headers of a message, contained against panics.
    pub(crate) fn parse(raw: &'x [u8]) -> Self {
        Self { raw }
    }
}
