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
use super::settings::{AlertSettings, PushoverSettings, Webhook};
use super::way::Way;

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
        match settings.way(target)? {
            Way::Mail(to) => self.mailer()?.send(to, message).await,
            Way::Push(pushover, user) => self.push(pushover, user, message).await,
            Way::Call(webhook) => self.call(webhook, message).await,
        }
    }

    /// There is one where the settings have one.
    fn mailer(&self) -> Result<&Mailer, SendProblem> {
        self.mailer.as_ref().ok_or_else(|| SendProblem::lasting("no mail server is configured"))
    }

    async fn push(
        &self,
        pushover: &PushoverSettings,
        user: &str,
        message: &Message,
    ) -> Result<(), SendProblem> {
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
