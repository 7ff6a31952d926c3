//! Mail, by SMTP.

use std::fmt::Write;
use std::time::Duration;

use lettre::message::header::ContentType;
use lettre::message::{Mailbox, MessageBuilder};
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use sha2::{Digest, Sha256};

use super::super::settings::MailSettings;
use super::{Message, SendProblem};

/// Characters of a subject at most.
const SUBJECT_CHARACTERS: usize = 200;

/// Sends mail.
pub(super) struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl Mailer {
    pub(super) fn new(settings: &MailSettings, timeout: Duration) -> Result<Self, SendProblem> {
        let from = settings.from.parse().map_err(|_| SendProblem::lasting("the sender's address is none"))?;
        // What it says of a wrong URL may repeat a password.
        let transport =
            AsyncSmtpTransport::<Tokio1Executor>::from_url(settings.server.reveal()).map_err(|_| {
                SendProblem::lasting("the mail server is no URL such as smtps://USER:PASSWORD@HOST")
            })?;
        Ok(Mailer { transport: transport.timeout(Some(timeout)).build(), from })
    }

    pub(super) async fn send(&self, address: &str, message: &Message) -> Result<(), SendProblem> {
        let to: Mailbox = address.parse().map_err(|_| SendProblem::lasting("this is no address for mail"))?;
        let mail = self.builder(message).to(to).body(message.text.clone());
        let mail =
            mail.map_err(|error| SendProblem::lasting(format!("no mail can be made of it: {error}")))?;
        match self.transport.send(mail).await {
            Ok(_) => Ok(()),
            // What the server refuses for good, such as an unknown address.
            Err(error) if error.is_permanent() => Err(SendProblem::lasting(format!("mail: {error}"))),
            Err(error) => Err(SendProblem::passing(format!("mail: {error}"))),
        }
    }

    /// The same id each time, so that who gets a mail twice can tell.
    fn builder(&self, message: &Message) -> MessageBuilder {
        let subject: String = message.title.chars().filter(|character| !character.is_control()).collect();
        lettre::Message::builder()
            .from(self.from.clone())
            .subject(subject.chars().take(SUBJECT_CHARACTERS).collect::<String>())
            .message_id(Some(format!("<{}@upto>", digest(&message.key))))
            .header(ContentType::TEXT_PLAIN)
    }
}

fn digest(key: &str) -> String {
    Sha256::digest(key).iter().take(16).fold(String::new(), |mut text, byte| {
        // Writing into a String can't fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
