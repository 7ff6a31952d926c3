//! Which way leads to a target, by the settings.

use lettre::message::Mailbox;

use super::super::heartbeat::AlertTarget;
use super::channel::SendProblem;
use super::raise::NAMED;
use super::settings::{AlertSettings, Destination, PushoverSettings, Webhook};

/// How a message leaves.
pub(super) enum Way<'a> {
    Mail(Mailbox),
    /// To this user, or group.
    Push(&'a PushoverSettings, &'a str),
    Call(&'a Webhook),
}

impl AlertSettings {
    /// Why nobody can ever be told there, if that is so.
    pub(crate) fn fault(&self, target: &AlertTarget) -> Option<SendProblem> {
        self.way(target).err()
    }

    /// # Errors
    /// There is none.
    pub(super) fn way<'a>(&'a self, target: &'a AlertTarget) -> Result<Way<'a>, SendProblem> {
        let address = &target.address;
        match target.kind.to_ascii_lowercase().as_str() {
            NAMED | "webhook" => match self.targets.get(address) {
                Some(Destination::Mail(address)) => self.mail_to(address),
                Some(Destination::Pushover(user)) => self.push_to(user.reveal()),
                Some(Destination::Webhook(webhook)) => Ok(Way::Call(webhook)),
                None => Err(SendProblem::lasting("the configuration has no target of this name")),
            },
            // Whoever may pulse could have the server write to anybody.
            _ if !self.allows(address) => {
                Err(SendProblem::lasting("the configuration does not let services say this address"))
            }
            "mail" | "email" | "smtp" => self.mail_to(address),
            "pushover" => self.push_to(address),
            _ => Err(SendProblem::lasting("there is no such type of alerts")),
        }
    }

    fn mail_to(&self, address: &str) -> Result<Way<'_>, SendProblem> {
        if self.mail.is_none() {
            return Err(SendProblem::lasting("no mail server is configured"));
        }
        let to = address.parse().map_err(|_| SendProblem::lasting("this is no address for mail"))?;
        Ok(Way::Mail(to))
    }

    fn push_to<'a>(&'a self, user: &'a str) -> Result<Way<'a>, SendProblem> {
        let pushover = self.pushover.as_ref();
        let pushover = pushover.ok_or_else(|| SendProblem::lasting("no Pushover token is configured"))?;
        Ok(Way::Push(pushover, user))
    }
}
