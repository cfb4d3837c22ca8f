//! ② Where messages come from.

pub(crate) mod imap;
