//! Which messages are reports about a delivery (RFC 3464).

use super::Headers;

/// Whether this is a delivery status notification: `multipart/report` with `report-type=delivery-status`
/// (RFC 3464, section 2; RFC 6522, section 3).
pub(crate) fn is_bounce(headers: &Headers<'_>) -> bool {
    todo!("{headers:?}")
}
