//! The channels: how a message leaves.

mod mail;
mod request;

use std::collections::BTreeMap;

use serde_json::json;
use thiserror::Error;

use self::mail::Mailer;
use self::request::Requests;
use super::super::heartbeat::AlertTarget;
use super::Message;
use super::raise::NAMED;
use super::settings::{AlertSettings, Destination, Webhook};

/// Characters of a message to a phone at most.
const PHONE_CHARACTERS: usize = 1_024;
/// Likewise of its title.
const PHONE_TITLE_CHARACTERS: usize = 250;

/// Why a message was not sent. Never contains secrets.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{text}")]
pub struct SendProblem {
    text: String,
    /// Trying again would not help.
    pub(super) is_final: bool,
}

impl SendProblem {
    /// One that may pass.
    fn passing(text: impl Into<String>) -> Self {
        SendProblem { text: text.into(), is_final: false }
    }

    /// One that will not.
    pub(in crate::watch) fn lasting(text: impl Into<String>) -> Self {
        SendProblem { text: text.into(), is_final: true }
    }
}

/// All channels, ready.
pub(super) struct Channels {
    requests: Requests,
    mailer: Option<Mailer>,
}

impl Channels {
    /// Ready by these settings.
    pub(super) fn new(settings: &AlertSettings) -> Result<Self, SendProblem> {
        let requests = Requests::new(settings.policy.timeout)?;
        let mail = settings.mail.as_ref();
        let mailer = mail.map(|mail| Mailer::new(mail, settings.policy.timeout)).transpose()?;
        Ok(Channels { requests, mailer })
    }

    /// Sends a message to a target.
    pub(super) async fn send(
        &self,
        settings: &AlertSettings,
        target: &AlertTarget,
        message: &Message,
    ) -> Result<(), SendProblem> {
        let address = &target.address;
        match target.kind.to_ascii_lowercase().as_str() {
            NAMED | "webhook" => match settings.targets.get(address) {
                Some(Destination::Mail(address)) => self.mail(address, message).await,
                Some(Destination::Pushover(user)) => self.push(settings, user.reveal(), message).await,
                Some(Destination::Webhook(webhook)) => self.call(webhook, message).await,
                None => Err(SendProblem::lasting("the configuration has no target of this name")),
            },
            // Whoever may pulse could have the server write to anybody.
            _ if !settings.allows(address) => {
                Err(SendProblem::lasting("the configuration does not let services say this address"))
            }
            "mail" | "email" | "smtp" => self.mail(address, message).await,
            "pushover" => self.push(settings, address, message).await,
            _ => Err(SendProblem::lasting("there is no such type of alerts")),
        }
    }

    async fn mail(&self, address: &str, message: &Message) -> Result<(), SendProblem> {
        let mailer = self.mailer.as_ref();
        mailer
            .ok_or_else(|| SendProblem::lasting("no mail server is configured"))?
            .send(address, message)
            .await
    }

    async fn push(&self, settings: &AlertSettings, user: &str, message: &Message) -> Result<(), SendProblem> {
        let missing = || SendProblem::lasting("no Pushover token is configured");
        let pushover = settings.pushover.as_ref().ok_or_else(missing)?;
        let short = |text: &str, characters| text.chars().take(characters).collect::<String>();
        let body = json!({
            "token": pushover.token.reveal(),
            "user": user,
            "title": short(&message.title, PHONE_TITLE_CHARACTERS),
            "message": short(&message.text, PHONE_CHARACTERS),
        });
        self.requests.post(&pushover.url, &BTreeMap::new(), &message.key, &body).await
    }

    async fn call(&self, webhook: &Webhook, message: &Message) -> Result<(), SendProblem> {
        let body = match &webhook.template {
            Some(template) => message.fill(template),
            None => message.json(),
        };
        let headers = webhook.headers.iter().map(|(name, value)| (name.as_str(), value.reveal())).collect();
        self.requests.post(webhook.url.reveal(), &headers, &message.key, &body).await
    }
}
