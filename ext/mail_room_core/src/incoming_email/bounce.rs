//! Which messages are reports about a delivery (RFC 3464).

use super::Headers;

/// Whether this is a delivery status notification: `multipart/report` with `report-type=delivery-status`
/// (RFC 3464, section 2; RFC 6522, section 3).
pub(crate) fn is_bounce(headers: &Headers<'_>) -> bool {
    headers.content_type().is_some_and(|kind| {
        kind.ctype().eq_ignore_ascii_case("multipart")
            && kind.subtype().is_some_and(|subtype| subtype.eq_ignore_ascii_case("report"))
            && kind.attribute("report-type").is_some_and(|kind| kind.eq_ignore_ascii_case("delivery-status"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn told_by_type_and_report_type() {
        let bounce = |content_type: &str| {
            let raw = format!("Content-Type: {content_type}\r\n\r\n");
            Headers::read(raw.as_bytes(), is_bounce).expect("headers")
        };
        assert!(bounce("multipart/report; report-type=delivery-status; boundary=\"x\""));
        assert!(bounce("Multipart/Report;\r\n\tboundary=x;\r\n\tReport-Type=\"Delivery-Status\""));
        assert!(!bounce("multipart/report; report-type=disposition-notification; boundary=x"));
        assert!(!bounce("multipart/report; boundary=x") && !bounce("multipart/mixed; report-type=delivery-status"));
        assert!(!is_bounce(&Headers::parse(b"Subject: x\r\n\r\n")));
    }
}
