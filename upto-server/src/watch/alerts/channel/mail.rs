//! Mail, by SMTP.

use std::fmt::{Display, Write};
use std::time::Duration;

use lettre::message::header::ContentType;
use lettre::message::{Mailbox, MessageBuilder};
use lettre::transport::smtp::AsyncSmtpTransportBuilder;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::transport::smtp::response::{Code, Severity};
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use reqwest::Url;
use sha2::{Digest, Sha256};

use super::super::settings::MailSettings;
use super::{Message, SendProblem};

/// Characters of a subject at most.
const SUBJECT_CHARACTERS: usize = 200;
/// What a server answers to who may not send by it: that is for whoever runs this server to mend, and passes then.
const NO_LOGIN: [u16; 4] = [530, 534, 535, 538];

/// Sends mail.
pub(super) struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl Mailer {
    pub(super) fn new(settings: &MailSettings, timeout: Duration) -> Result<Self, SendProblem> {
        let from = settings.from.parse().map_err(|_| SendProblem::lasting("the sender's address is none"))?;
        let transport = transport(settings)?.timeout(Some(timeout)).build();
        Ok(Mailer { transport, from })
    }

    pub(super) async fn send(&self, to: Mailbox, message: &Message) -> Result<(), SendProblem> {
        let mail = self.builder(message).to(to).body(message.text.clone());
        let mail =
            mail.map_err(|error| SendProblem::lasting(format!("no mail can be made of it: {error}")))?;
        match self.transport.send(mail).await {
            Ok(_) => Ok(()),
            // What the server refuses for good, such as an unknown address.
            Err(error) if error.status().is_some_and(is_final) => {
                Err(SendProblem::lasting(format!("mail: {error}")))
            }
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

/// Where mail goes, and how: by the URL, and trusting who is to be trusted.
fn transport(settings: &MailSettings) -> Result<AsyncSmtpTransportBuilder, SendProblem> {
    let (server, wrong) =
        (settings.server.reveal(), "the mail server is no URL such as smtps://USER:PASSWORD@HOST");
    // What is said of a wrong URL may repeat a password.
    let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(server);
    let builder = builder.map_err(|_| SendProblem::lasting(wrong))?;
    let Some(path) = &settings.ca else { return Ok(builder) };
    let problem =
        |problem: &dyn Display| SendProblem::lasting(format!("mail: {}: {problem}", path.display()));
    let url = Url::parse(server).map_err(|_| SendProblem::lasting(wrong))?;
    let pem = std::fs::read(path).map_err(|error| problem(&error))?;
    let none = "no certificate in PEM";
    if !String::from_utf8_lossy(&pem).contains("BEGIN CERTIFICATE") {
        return Err(problem(&none));
    }
    let trusted = Certificate::from_pem(&pem).map_err(|_| problem(&none))?;
    let parameters = TlsParameters::builder(url.host_str().unwrap_or_default().to_owned());
    let parameters = parameters.add_root_certificate(trusted).build().map_err(|error| problem(&error))?;
    Ok(builder.tls(tls(&url, parameters)))
}

/// How TLS is used, as the URL says it.
fn tls(url: &Url, parameters: TlsParameters) -> Tls {
    let is_said = |said: &str| url.query_pairs().any(|(name, value)| name == "tls" && value == said);
    match url.scheme() {
        "smtps" => Tls::Wrapper(parameters),
        _ if is_said("required") => Tls::Required(parameters),
        _ if is_said("opportunistic") => Tls::Opportunistic(parameters),
        _ => Tls::None,
    }
}

/// Whether it is of no use to try again after this answer.
fn is_final(code: Code) -> bool {
    code.severity == Severity::PermanentNegativeCompletion && !NO_LOGIN.contains(&code.into())
}

fn digest(key: &str) -> String {
    Sha256::digest(key).iter().take(16).fold(String::new(), |mut text, byte| {
        // Writing into a String can't fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
