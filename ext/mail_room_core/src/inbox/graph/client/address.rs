//! Where the parts of a mailbox are.

use reqwest::Url;

use crate::{Error, Result};

/// Longer ones have not been seen, and have no place in a request.
const LONGEST_LINK: usize = 32 << 10;

pub(super) struct Address {
    /// With the version and without a slash at the end.
    root: Url,
    email: String,
}

impl Address {
    pub(super) fn new(endpoint: &Url, email: &str) -> Self {
        let mut root = endpoint.clone();
        root.set_query(None);
        root.set_fragment(None);
        extend(&mut root, &["v1.0"]);
        Self { root, email: email.to_owned() }
    }

    /// The server's name, for errors.
    pub(super) fn host(&self) -> String {
        self.root.host_str().unwrap_or_default().to_owned()
    }

    pub(super) fn url(&self, path: &[&str]) -> Url {
        let mut url = self.root.clone();
        extend(&mut url, &["users", &self.email]);
        extend(&mut url, path);
        url
    }

    pub(super) fn relative(&self, path: &[&str]) -> String {
        let url = self.url(path);
        url.path().strip_prefix(self.root.path()).unwrap_or(url.path()).to_owned()
    }

    pub(super) fn batch(&self) -> Url {
        let mut url = self.root.clone();
        extend(&mut url, &["$batch"]);
        url
    }

    /// # Errors
    /// [`Error::Protocol`], without the link: it may hold anything.
    pub(super) fn follow(&self, link: &str) -> Result<Url> {
        let refuse = |why: &str| Err(Error::Protocol(format!("a link that {why}")));
        if link.len() > LONGEST_LINK {
            return refuse("is longer than any");
        }
        let Ok(url) = Url::parse(link) else { return refuse("is no URL") };
        if url.origin() != self.root.origin() {
            return refuse("leads to another server");
        }
        // They would stand in the place of the token.
        if !url.username().is_empty() || url.password().is_some() {
            return refuse("holds credentials");
        }
        Ok(url)
    }
}

fn extend(url: &mut Url, path: &[&str]) {
    // Only of a URL without a host there are none.
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.pop_if_empty().extend(path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(endpoint: &str) -> Address {
        Address::new(&Url::parse(endpoint).expect("a URL"), "post box+a/b@example.com")
    }

    #[test]
    fn every_segment_is_encoded() {
        let graph = address("https://graph.microsoft.com");
        let path = ["messages", "AAk=?#/%$ü", "$value"];
        let users = "/users/post%20box+a%2Fb@example.com";
        let expected = format!("{users}/messages/AAk=%3F%23%2F%25$%C3%BC/$value");
        assert_eq!(graph.relative(&path), expected);
        assert_eq!(graph.url(&path).as_str(), format!("https://graph.microsoft.com/v1.0{expected}"));
        assert_eq!(graph.batch().as_str(), "https://graph.microsoft.com/v1.0/$batch");
        assert_eq!(graph.relative(&["..", "..", "a"]), format!("{users}/a"));
    }

    #[test]
    fn an_endpoint_may_have_a_path() {
        for endpoint in ["http://127.0.0.1:8080/graph", "http://127.0.0.1:8080/graph/?a=b#c"] {
            let graph = address(endpoint);
            assert!(graph.url(&["messages"]).as_str().starts_with("http://127.0.0.1:8080/graph/v1.0/users/post"));
            assert!(graph.relative(&["messages"]).starts_with("/users/post"));
            assert_eq!(graph.batch().as_str(), "http://127.0.0.1:8080/graph/v1.0/$batch");
        }
    }

    #[test]
    fn a_link_stays_with_its_server() {
        let graph = address("https://graph.microsoft.com");
        for link in ["https://graph.microsoft.com/v1.0/x?$skip=10", "HTTPS://Graph.Microsoft.com:443/beta"] {
            assert!(graph.follow(link).is_ok(), "{link}");
        }
        for link in [
            "http://graph.microsoft.com/v1.0/x",
            "https://graph.microsoft.com:8443/v1.0/x",
            "https://graph.microsoft.com.example.com/",
            "https://graph.microsoft.com@example.com/",
            "https://user:hunter2@graph.microsoft.com/",
            "//example.com/",
            "/v1.0/x",
            "file:///etc/passwd",
            "data:,x",
            "",
            &format!("https://graph.microsoft.com/{}", "x".repeat(LONGEST_LINK)),
        ] {
            let error = graph.follow(link).expect_err(link).to_string();
            assert!(error.starts_with("unusable answer from the server: a link that "), "{error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }
}
