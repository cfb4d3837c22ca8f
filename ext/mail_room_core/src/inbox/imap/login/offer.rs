//! Which of the ways a server offers is taken.

use crate::{
    Error, Result,
    inbox::imap::settings::{PasswordMethod, TokenMethod},
};

/// What a server says before the login, as far as it matters for it.
#[derive(Debug)]
pub(in crate::inbox::imap) struct Offer {
    /// Those of AUTHENTICATE, in upper case.
    mechanisms: Vec<String>,
    /// RFC 3501, section 6.2.3: the password must not be sent by LOGIN then.
    login_disabled: bool,
    /// RFC 4959: the client's first words may stand behind AUTHENTICATE.
    pub(super) initial_response: bool,
    tls: bool,
}

/// How a password, or the proof that we know it, gets to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// The command LOGIN.
    Command,
    Plain,
    Login,
    ScramSha256,
}

impl Way {
    /// For people.
    pub(super) fn told(self) -> &'static str {
        match self {
            Self::Command => "the command LOGIN",
            Self::Plain => "AUTHENTICATE PLAIN",
            Self::Login => "AUTHENTICATE LOGIN",
            Self::ScramSha256 => "AUTHENTICATE SCRAM-SHA-256",
        }
    }

    /// As AUTHENTICATE calls it.
    fn mechanism(self) -> Option<&'static str> {
        match self {
            Self::Command => None,
            Self::Plain => Some("PLAIN"),
            Self::Login => Some("LOGIN"),
            Self::ScramSha256 => Some("SCRAM-SHA-256"),
        }
    }
}

impl Offer {
    pub(super) fn new(capabilities: &[String], tls: bool) -> Self {
        let offers = |name: &str| capabilities.iter().any(|offered| offered == name);
        Self {
            mechanisms: capabilities.iter().filter_map(|name| name.strip_prefix("AUTH=")).map(str::to_owned).collect(),
            login_disabled: offers("LOGINDISABLED"),
            initial_response: offers("SASL-IR"),
            tls,
        }
    }

    /// How to log in with a password, as asked for, or else as today's gem does where the server lets it. Where
    /// everybody can read along, the password is better not sent at all.
    ///
    /// # Errors
    /// [`Error::Refused`] when there is no way, or none that may be gone.
    pub(super) fn way(&self, asked_for: Option<PasswordMethod>) -> Result<Way> {
        let ways: &[Way] = match asked_for {
            Some(PasswordMethod::Login) => &[Way::Command, Way::Login],
            Some(PasswordMethod::Plain) => &[Way::Plain],
            Some(PasswordMethod::ScramSha256) => &[Way::ScramSha256],
            None if self.tls => &[Way::Command, Way::Plain, Way::Login, Way::ScramSha256],
            None => &[Way::ScramSha256, Way::Command],
        };
        let insisted = asked_for.is_some();
        if let Some(way) = ways.iter().find(|way| self.is_open(**way, insisted)) {
            return Ok(*way);
        }
        let tells_the_password = ways.iter().any(|way| *way != Way::ScramSha256);
        if tells_the_password && self.forbids_plain_text() { Err(without_tls()) } else { Err(self.nothing_usable()) }
    }

    /// What to try where this way, which nobody has asked for, is refused. Servers offer SCRAM-SHA-256 to all when
    /// they can do it for one; those whose passwords they keep in another form get in by LOGIN only.
    pub(super) fn way_beside(&self, way: Way, asked_for: Option<PasswordMethod>) -> Option<Way> {
        let only_command_is_left = way == Way::ScramSha256 && asked_for.is_none() && self.is_open(Way::Command, false);
        only_command_is_left.then_some(Way::Command)
    }

    /// Whether the server takes a token so.
    ///
    /// # Errors
    /// As [`Offer::way`].
    pub(super) fn takes_token(&self, method: TokenMethod) -> Result<()> {
        let name = match method {
            TokenMethod::Xoauth2 => "XOAUTH2",
            TokenMethod::OauthBearer => "OAUTHBEARER",
        };
        // Whoever reads a token along can log in with it.
        if self.forbids_plain_text() {
            return Err(without_tls());
        }
        if self.knows(name, true) { Ok(()) } else { Err(self.nothing_usable()) }
    }

    fn is_open(&self, way: Way, insisted: bool) -> bool {
        match way.mechanism() {
            None => !self.login_disabled,
            Some(name) => (way == Way::ScramSha256 || !self.forbids_plain_text()) && self.knows(name, insisted),
        }
    }

    /// A server that lists no mechanism at all may know what an operator says it knows.
    fn knows(&self, mechanism: &str, insisted: bool) -> bool {
        self.mechanisms.iter().any(|name| name == mechanism) || insisted && self.mechanisms.is_empty()
    }

    fn forbids_plain_text(&self) -> bool {
        self.login_disabled && !self.tls
    }

    /// What the server says of ways to log in, in its words.
    pub(in crate::inbox::imap) fn told(&self) -> String {
        let disabled = self.login_disabled.then(|| "LOGINDISABLED".to_owned());
        let offered: Vec<String> =
            disabled.into_iter().chain(self.mechanisms.iter().map(|m| format!("AUTH={m}"))).collect();
        if offered.is_empty() { "LOGIN alone".to_owned() } else { offered.join(" ") }
    }

    fn nothing_usable(&self) -> Error {
        let offered = self.told();
        refused(format!("the server does not offer this way to log in (it says {offered}); see auth_method"))
    }
}

fn without_tls() -> Error {
    refused("the server takes no password or token without TLS (LOGINDISABLED); set ssl or start_tls".to_owned())
}

fn refused(text: String) -> Error {
    Error::Refused { command: "LOGIN", status: "NO", text }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TLS: bool = true;
    const PLAIN: bool = false;

    fn offer(capabilities: &str, tls: bool) -> Offer {
        let names: Vec<String> = capabilities.split_ascii_whitespace().map(str::to_owned).collect();
        Offer::new(&names, tls)
    }

    fn way(capabilities: &str, tls: bool, asked_for: Option<PasswordMethod>) -> Option<Way> {
        offer(capabilities, tls).way(asked_for).ok()
    }

    #[test]
    fn what_is_taken_unless_the_settings_insist() {
        let all = "AUTH=SCRAM-SHA-256 AUTH=PLAIN AUTH=LOGIN";
        assert_eq!(way(all, TLS, None), Some(Way::Command));
        assert_eq!(way(&format!("LOGINDISABLED {all}"), TLS, None), Some(Way::Plain));
        assert_eq!(way("LOGINDISABLED AUTH=SCRAM-SHA-256 AUTH=LOGIN", TLS, None), Some(Way::Login));
        assert_eq!(way("LOGINDISABLED AUTH=SCRAM-SHA-256", TLS, None), Some(Way::ScramSha256));
        assert_eq!(way("LOGINDISABLED AUTH=GSSAPI", TLS, None), None);
        assert_eq!(way(all, PLAIN, None), Some(Way::ScramSha256));
        assert_eq!(way("AUTH=PLAIN", PLAIN, None), Some(Way::Command));
        assert_eq!(way(&format!("LOGINDISABLED {all}"), PLAIN, None), Some(Way::ScramSha256));
    }

    #[test]
    fn what_is_tried_where_scram_is_refused() {
        let beside = |capabilities, asked_for| offer(capabilities, PLAIN).way_beside(Way::ScramSha256, asked_for);
        assert_eq!(beside("AUTH=SCRAM-SHA-256", None), Some(Way::Command));
        assert_eq!(beside("AUTH=SCRAM-SHA-256", Some(PasswordMethod::ScramSha256)), None);
        assert_eq!(beside("AUTH=SCRAM-SHA-256 LOGINDISABLED", None), None);
        assert_eq!(offer("AUTH=PLAIN", PLAIN).way_beside(Way::Command, None), None);
    }

    #[test]
    fn what_the_settings_insist_on() {
        let disabled = "LOGINDISABLED AUTH=LOGIN AUTH=PLAIN";
        assert_eq!(way("AUTH=PLAIN AUTH=LOGIN", TLS, Some(PasswordMethod::Login)), Some(Way::Command));
        assert_eq!(way(disabled, TLS, Some(PasswordMethod::Login)), Some(Way::Login));
        assert_eq!(way("", PLAIN, Some(PasswordMethod::Plain)), Some(Way::Plain));
        assert_eq!(way("AUTH=GSSAPI", TLS, Some(PasswordMethod::Plain)), None);
        assert_eq!(way(disabled, TLS, Some(PasswordMethod::ScramSha256)), None);
    }

    #[test]
    fn nobody_can_read_a_password_along_that_the_server_does_not_want_like_that() {
        let disabled = "LOGINDISABLED AUTH=LOGIN AUTH=PLAIN AUTH=XOAUTH2";
        for asked_for in [None, Some(PasswordMethod::Login), Some(PasswordMethod::Plain)] {
            let error = offer(disabled, PLAIN).way(asked_for).expect_err("an error").to_string();
            assert!(error.contains("set ssl or start_tls"), "{asked_for:?}: {error}");
        }
        assert!(offer(disabled, PLAIN).takes_token(TokenMethod::Xoauth2).is_err());
        assert!(offer(disabled, TLS).takes_token(TokenMethod::Xoauth2).is_ok());
    }

    #[test]
    fn the_error_says_what_is_offered() {
        let error = offer("LOGINDISABLED AUTH=GSSAPI", TLS).way(None).expect_err("an error").to_string();
        assert!(error.contains("LOGINDISABLED AUTH=GSSAPI"), "{error}");
        let error = offer("AUTH=PLAIN", TLS).takes_token(TokenMethod::OauthBearer).expect_err("an error").to_string();
        assert!(error.contains("AUTH=PLAIN"), "{error}");
    }
}
