//! Requests to Microsoft Graph.

use reqwest::Url;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{Error, Result, inbox::Witness, mailbox::Timeouts, oauth2::Tokens};

pub(super) struct Client {}

pub(super) struct Part {
    pub(super) method: &'static str,
    pub(super) url: String,
    pub(super) body: Option<Value>,
}

pub(super) enum Body {
    Whole(Vec<u8>),
    TooLarge(u64),
}

impl Client {
    pub(super) fn new(_endpoint: Url, _email: &str, _tokens: Tokens, _timeouts: &Timeouts) -> Self {
        Self {}
    }
    pub(super) fn url(&self, _path: &[&str]) -> Url {
        unimplemented!()
    }
    pub(super) fn relative(&self, _path: &[&str]) -> String {
        unimplemented!()
    }
    pub(super) fn follow(&self, _link: &str) -> Result<Url> {
        unimplemented!()
    }
    pub(super) async fn get<T: DeserializeOwned>(
        &self,
        _r: &'static str,
        _u: Url,
        _p: &[&str],
        _w: &Witness,
    ) -> Result<T> {
        Err(Error::ShuttingDown)
    }
    pub(super) async fn post<T: DeserializeOwned>(
        &self,
        _r: &'static str,
        _u: Url,
        _b: &Value,
        _w: &Witness,
    ) -> Result<T> {
        Err(Error::ShuttingDown)
    }
    pub(super) async fn body(&self, _r: &'static str, _u: Url, _m: u64, _w: &Witness) -> Result<Body> {
        Err(Error::ShuttingDown)
    }
    pub(super) async fn batch(&self, _r: &'static str, _p: Vec<Part>, _w: &Witness) -> Result<Vec<Result<()>>> {
        Err(Error::ShuttingDown)
    }
}
