//! The channels: how a message leaves.

mod mail;
mod request;

use std::collections::BTreeMap;

use lettre::message::Mailbox;
use serde_json::json;
use thiserror::Error;

use self::mail::Mailer;
use self::request::Requests;
use super::super::heartbeat::AlertTarget;
use super::Message;
use super::raise::NAMED;
use super::settings::{AlertSettings, Destination, PushoverSettings, Webhook};

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

/// How a message leaves.
enum Way<'a> {
    Mail { mailer: &'a Mailer, to: Mailbox },
    Push { pushover: &'a PushoverSettings, user: &'a str },
    Call(&'a Webhook),
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
        match self.way(settings, target)? {
            Way::Mail { mailer, to } => mailer.send(to, message).await,
            Way::Push { pushover, user } => self.push(pushover, user, message).await,
            Way::Call(webhook) => self.call(webhook, message).await,
        }
    }

    /// Why nothing can ever be sent to a target, if that is so by the settings.
    pub(super) fn fault(&self, settings: &AlertSettings, target: &AlertTarget) -> Option<SendProblem> {
        self.way(settings, target).err()
    }

    fn way<'a>(
        &'a self,
        settings: &'a AlertSettings,
        target: &'a AlertTarget,
    ) -> Result<Way<'a>, SendProblem> {
        let address = &target.address;
        match target.kind.to_ascii_lowercase().as_str() {
            NAMED | "webhook" => match settings.targets.get(address) {
                Some(Destination::Mail(address)) => self.mail(address),
                Some(Destination::Pushover(user)) => pushover(settings, user.reveal()),
                Some(Destination::Webhook(webhook)) => Ok(Way::Call(webhook)),
                None => Err(SendProblem::lasting("the configuration has no target of this name")),
            },
            // Whoever may pulse could have the server write to anybody.
            _ if !settings.allows(address) => {
                Err(SendProblem::lasting("the configuration does not let services say this address"))
            }
            "mail" | "email" | "smtp" => self.mail(address),
            "pushover" => pushover(settings, address),
            _ => Err(SendProblem::lasting("there is no such type of alerts")),
        }
    }

    fn mail(&self, address: &str) -> Result<Way<'_>, SendProblem> {
        let mailer = self.mailer.as_ref();
        let mailer = mailer.ok_or_else(|| SendProblem::lasting("no mail server is configured"))?;
        Ok(Way::Mail { mailer, to: mail::mailbox(address)? })
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

fn pushover<'a>(settings: &'a AlertSettings, user: &'a str) -> Result<Way<'a>, SendProblem> {
    let missing = || SendProblem::lasting("no Pushover token is configured");
    Ok(Way::Push { pushover: settings.pushover.as_ref().ok_or_else(missing)?, user })
}
