//! A look at the way into a mailbox on Microsoft Graph.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Deserialize;
use serde_json::Value;
use tokio::time::{Instant, sleep, timeout_at};

use super::{
    Account, GraphSettings,
    client::{Client, Gates, Part},
    folder::{self, Folder},
};
use crate::{
    Error, Result,
    check::{Awaited, Problem, Report, Stop, near},
    inbox::Witness,
    mailbox::Mailbox,
    oauth2::Token,
};

const TOKEN: &str = "graph.token";
const FOLDER: &str = "graph.folder";

/// The checks that there are.
pub(crate) const NAMES: [&str; 2] = [TOKEN, FOLDER];

/// What these requests are called in errors.
const LIST: &str = "GET messages";
const REMOVE: &str = "DELETE message";

/// How often a message is looked for that is on its way.
const LOOK: Duration = Duration::from_secs(3);

/// What is needed to read messages, mark them and remove them (Microsoft, "Microsoft Graph permissions reference").
const NEEDED: &str = "Mail.ReadWrite";

/// Looks, as far as it gets.
pub(crate) async fn run(mailbox: &Mailbox, settings: &GraphSettings, report: &mut Report) -> Result<(), Stop> {
    let account = Account::new(settings, &mut Gates::default(), &mailbox.timeouts);
    let token = account.client.token().await.map_err(|error| report.problem(TOKEN, no_token(&error)))?;
    granted(&token, report);
    let witness = Witness::nobody();
    let opened = async {
        let folder = folder::find(&account.client, &settings.name, &witness).await?;
        // Who sees the folder need not be let at what lies in it.
        let _: Named = account.client.get(LIST, messages(&account.client, &folder, None), &[], &witness).await?;
        Ok::<_, Error>(folder)
    };
    match opened.await {
        Ok(Folder { total_item_count, unread_item_count, .. }) => {
            let name = &settings.name;
            report
                .yes(FOLDER, format!("{name:?} holds {total_item_count} messages, {unread_item_count} of them unread"));
            Ok(())
        }
        Err(error) => Err(report.problem(FOLDER, no_folder(&account, settings, &error).await)),
    }
}

fn granted(token: &Token, report: &mut Report) {
    let held = token.expires_at.map(|end| end.saturating_duration_since(Instant::now()).as_secs() / 60);
    let held = held.map_or_else(String::new, |minutes| format!(", for {minutes} minutes"));
    let Some(roles) = roles(token) else { return report.yes(TOKEN, format!("granted{held}")) };
    let shown = if roles.is_empty() { "none".to_owned() } else { roles.join(", ") };
    let advice = "it does not name Mail.ReadWrite: unless Exchange gives the application that right by itself (RBAC for \
                  Applications), add the application permission Mail.ReadWrite and have an administrator consent to it";
    let lacking = !roles.iter().any(|role| role == NEEDED);
    report.yes_but(TOKEN, format!("granted{held}; permissions: {shown}"), Some(advice).filter(|_| lacking));
}

/// The application permissions that a token of Microsoft's names; None when it is of another kind.
fn roles(token: &Token) -> Option<Vec<String>> {
    let claims = token.secret.expose().split('.').nth(1)?;
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()?;
    // Without any permission there is no such claim; without an audience it is no access token at all.
    claims.get("aud")?;
    let roles = claims.get("roles").and_then(Value::as_array);
    let roles = roles.map(|roles| roles.iter().filter_map(Value::as_str).map(str::to_owned).collect());
    Some(roles.unwrap_or_default())
}

fn no_token(error: &Error) -> Problem {
    let text = error.to_string();
    // Microsoft, "Microsoft Entra authentication and authorization error codes".
    let advice = [
        (
            "AADSTS7000222",
            "the client secret has expired: make a new one (Certificates & secrets) and set client_secret",
        ),
        ("AADSTS7000215", "client_secret is wrong: it has to be the secret's value, not its id"),
        ("AADSTS700016", "client_id is no application of this tenant: check client_id and tenant_id"),
        (
            "AADSTS90002",
            "there is no such tenant: check tenant_id, and azure_ad_endpoint (national clouds have others)",
        ),
        ("AADSTS900023", "tenant_id is neither a tenant's id nor its domain"),
    ];
    let known = advice.into_iter().find(|(code, _)| text.contains(code)).map(|(_, advice)| advice);
    let advice = known.unwrap_or(match error {
        Error::Token { refused: true, .. } => "check tenant_id, client_id and client_secret",
        Error::Throttled { .. } => "asked too often: wait a while",
        _ => "check azure_ad_endpoint, and whether this machine may reach it (a proxy, a firewall)",
    });
    Problem::new(text, advice)
}

async fn no_folder(account: &Account, settings: &GraphSettings, error: &Error) -> Problem {
    let GraphSettings { name, email, client_id, .. } = settings;
    let text = error.to_string();
    match error {
        Error::Answered { status: 401, .. } => Problem::new(
            text,
            "the token is not taken: do graph_endpoint and azure_ad_endpoint belong to the same cloud, and tenant_id to it?",
        ),
        Error::Answered { status: 403, .. } => Problem::new(
            text,
            format!(
                "give application {client_id} the application permission {NEEDED}, with an administrator's consent; and \
                 if Exchange limits it (New-ApplicationAccessPolicy, or a scope of RBAC for Applications), let that \
                 include {email}. Changes there take up to an hour"
            ),
        ),
        Error::Answered { request: folder::FOLDER, status: 404, text: reason } if reason.starts_with("no folder") => {
            let there = near::told(name, &names(&account.client).await);
            Problem::new(
                format!("{reason}{there}"),
                "set name (mailbox) to one that is there; below others as path a/b",
            )
        }
        Error::Answered { status: 404, .. } => Problem::new(
            text,
            format!(
                "is {email} (email, user) the name of a user with a mailbox in Exchange Online, and a licence for it?"
            ),
        ),
        _ => Problem::new(text, "check graph_endpoint, and whether this machine may reach it (a proxy, a firewall)"),
    }
}

/// The folders at the top.
async fn names(client: &Client) -> Vec<String> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Called {
        display_name: String,
    }
    #[derive(Deserialize)]
    struct Folders {
        value: Vec<Called>,
    }
    let mut url = client.url(&["mailFolders"]);
    url.query_pairs_mut().append_pair("$select", "displayName").append_pair("$top", "100");
    let folders = client.get::<Folders>(folder::FOLDER, url, &[], &Witness::nobody()).await;
    folders.map_or_else(|_| Vec::new(), |folders| folders.value.into_iter().map(|folder| folder.display_name).collect())
}

#[derive(Deserialize)]
struct Named {
    value: Vec<Name>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Name {
    id: String,
    internet_message_id: Option<String>,
}

impl Named {
    /// Those whose `Message-ID` is this. The filter is a hint and no more.
    fn ids(self, message_id: &str) -> Vec<String> {
        let exactly = |message: &Name| message.internet_message_id.as_deref() == Some(message_id);
        self.value.into_iter().filter(exactly).map(|message| message.id).collect()
    }
}

fn messages(client: &Client, folder: &Folder, message_id: Option<&str>) -> reqwest::Url {
    let mut url = client.url(&["mailFolders", &folder.id, "messages"]);
    url.query_pairs_mut().append_pair("$select", "id,internetMessageId").append_pair("$top", "2");
    if let Some(message_id) = message_id {
        let filter = format!("internetMessageId eq '{}'", message_id.replace('\'', "''"));
        url.query_pairs_mut().append_pair("$filter", &filter);
    }
    url
}

/// Waits until the message is in the folder, and removes it.
///
/// # Errors
/// Those of requests. A message that was found and could not be removed is none.
pub(crate) async fn await_message(
    mailbox: &Mailbox,
    settings: &GraphSettings,
    message_id: &str,
    limit: Duration,
) -> Result<Awaited> {
    let (started, witness) = (Instant::now(), Witness::nobody());
    let account = Account::new(settings, &mut Gates::default(), &mailbox.timeouts);
    let client = &account.client;
    let before = folder::find(client, &settings.name, &witness).await?;
    let search = async {
        loop {
            let found: Named = client.get(LIST, messages(client, &before, Some(message_id)), &[], &witness).await?;
            let ids = found.ids(message_id);
            if !ids.is_empty() {
                return Ok::<_, Error>(ids);
            }
            sleep(LOOK).await;
        }
    };
    let Ok(found) = timeout_at(started + limit, search).await else {
        let after = folder::by_id(client, &before.id, &witness).await;
        let others = after.is_ok_and(|after| after.total_item_count > before.total_item_count);
        return Ok(Awaited::Nothing { others });
    };
    let (ids, after) = (found?, started.elapsed());
    let [id] = ids.as_slice() else {
        return Ok(Awaited::Found { after, left: Some("it stays: more messages have its Message-ID".to_owned()) });
    };
    let part =
        Part { method: "DELETE", url: client.relative(&["mailFolders", &before.id, "messages", id]), body: None };
    let removed = client.batch(REMOVE, vec![part], &witness).await.and_then(|mut answers| match answers.pop() {
        Some(Err(error)) => Err(error),
        _ => Ok(()),
    });
    let left = removed.err().map(|error| format!("it could not be removed: {error}"));
    Ok(Awaited::Found { after, left })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_message_of_exactly_that_name_is_taken_for_it() {
        let answer = r#"{"value": [
            {"id": "1"}, {"id": "2", "internetMessageId": null}, {"id": "3", "internetMessageId": "<A@b>"},
            {"id": "4", "internetMessageId": "<a@b>"}, {"id": "5", "internetMessageId": "<a@bc>"}
        ]}"#;
        let found: Named = serde_json::from_str(answer).expect("messages");
        assert_eq!(found.ids("<a@b>"), ["4"]);
    }
}
