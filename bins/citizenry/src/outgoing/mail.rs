//! Mails: by SMTP, or into a folder or the console in development.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use citizenry_config::sections::Mail;
use citizenry_storage::{Mailer, OutgoingError, RenderedMail};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp;
use lettre::{
    AsyncFileTransport, AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor,
};
use secrecy::ExposeSecret as _;

use crate::failure::{Exit, Failure};

/// The mailer that the configuration asks for.
pub(crate) fn mailer(configuration: &Mail) -> Result<Arc<dyn Mailer>, Failure> {
    let wrong = |key: &str, error: &dyn fmt::Display| {
        Failure::new(Exit::Configuration, format!("mail.{key}: {error}"))
    };
    let from: Mailbox = configuration.from.parse().map_err(|error| wrong("from", &error))?;
    if let Some(url) = &configuration.smtp_url {
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url.expose_secret())
            .map_err(|error| wrong("smtp_url", &error))?
            .build();
        return Ok(Arc::new(Smtp { from, transport }));
    }
    if let Some(folder) = &configuration.folder {
        std::fs::create_dir_all(folder).map_err(|error| wrong("folder", &error))?;
        return Ok(Arc::new(Folder { from, folder: folder.clone() }));
    }
    Ok(Arc::new(Console))
}

fn message(from: &Mailbox, mail: &RenderedMail) -> Result<Message, OutgoingError> {
    let refused = |what: &str| OutgoingError::Refused(what.to_owned());
    let to = mail.to.parse().map_err(|_malformed| refused("no mail address"))?;
    Message::builder()
        .from(from.clone())
        .to(Mailbox::new(None, to))
        .subject(&mail.subject)
        .multipart(MultiPart::alternative_plain_html(mail.text.clone(), mail.html.clone()))
        .map_err(|_malformed| refused("no message can be made of it"))
}

/// Hands mails to a server.
struct Smtp {
    from: Mailbox,
    transport: AsyncSmtpTransport<Tokio1Executor>,
}

impl fmt::Debug for Smtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Smtp").field("from", &self.from).finish_non_exhaustive()
    }
}

#[async_trait]
impl Mailer for Smtp {
    async fn send(&self, mail: &RenderedMail) -> Result<(), OutgoingError> {
        match self.transport.send(message(&self.from, mail)?).await {
            Ok(_) => Ok(()),
            Err(error) => Err(refusal(&error)),
        }
    }
}

fn refusal(error: &smtp::Error) -> OutgoingError {
    // The server's words may quote the address: only its code is kept.
    let code = error.status().map_or_else(|| "no answer".to_owned(), |code| code.to_string());
    if error.is_permanent() {
        OutgoingError::Refused(format!("the mail server answered {code}"))
    } else {
        OutgoingError::Failed(format!("the mail server: {code}"))
    }
}

/// Writes mails into a folder, one file each.
#[derive(Debug)]
struct Folder {
    from: Mailbox,
    folder: PathBuf,
}

#[async_trait]
impl Mailer for Folder {
    async fn send(&self, mail: &RenderedMail) -> Result<(), OutgoingError> {
        let transport = AsyncFileTransport::<Tokio1Executor>::new(&self.folder);
        match transport.send(message(&self.from, mail)?).await {
            Ok(_) => Ok(()),
            Err(error) => Err(OutgoingError::Failed(error.to_string())),
        }
    }
}

/// Prints mails to the error output: without a mail server that is where a developer looks.
#[derive(Debug)]
struct Console;

#[async_trait]
impl Mailer for Console {
    async fn send(&self, mail: &RenderedMail) -> Result<(), OutgoingError> {
        eprintln!("mail to {}: {}\n{}", mail.to, mail.subject, mail.text);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail(to: &str) -> RenderedMail {
        RenderedMail {
            to: to.to_owned(),
            subject: "设置新密码".to_owned(),
            text: "https://id.example.com/u/reset/abc".to_owned(),
            html: "<p>https://id.example.com/u/reset/abc</p>".to_owned(),
        }
    }

    #[actix_web::test]
    async fn a_folder_gets_one_file_a_mail() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mail");
        let configuration = Mail { folder: Some(path.clone()), ..Mail::default() };
        let mailer = mailer(&configuration).unwrap();
        mailer.send(&mail("fioman@qq.com")).await.unwrap();
        let files: Vec<_> = std::fs::read_dir(&path).unwrap().collect();
        assert_eq!(files.len(), 1);
        let text = std::fs::read_to_string(files[0].as_ref().unwrap().path()).unwrap();
        assert!(text.contains("To: fioman@qq.com"), "{text}");
        assert!(text.contains("https://id.example.com/u/reset/abc"), "{text}");
    }

    #[actix_web::test]
    async fn header_injection_in_an_address_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let configuration = Mail { folder: Some(folder.path().to_owned()), ..Mail::default() };
        let mailer = mailer(&configuration).unwrap();
        let refused = mailer.send(&mail("a@b.example\r\nBcc: c@d.example")).await;
        assert!(matches!(refused, Err(OutgoingError::Refused(_))));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_wrong_setting_is_named() {
        let configuration = Mail { from: "nobody".to_owned(), ..Mail::default() };
        let error = mailer(&configuration).unwrap_err();
        assert!(error.to_string().contains("mail.from"), "{error}");
    }
}
