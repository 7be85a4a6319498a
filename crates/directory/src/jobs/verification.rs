//! Verification mails that are asked for as jobs: ordered with the job, which is done by that.

use citizenry_authz::{Action, Caller, Resource};
use citizenry_identity::{
    ClientIdentifier, Error, EventKind, Job, JobKind, JobOptions, Kind, Moment, Subject, User,
};
use citizenry_storage::{TicketMail, TicketMailKind, Tx, mail_ticket};

use super::new_job;
use crate::{
    Directory, UserRef,
    users::{Mailing, find_user_for_update},
};

/// A mail by which a user shows that his address is his.
#[derive(Debug, Clone)]
pub struct NewVerificationEmail {
    /// To whom.
    pub user: UserRef,
    /// The client for which it is asked; told back, and checked to be there.
    pub client: Option<ClientIdentifier>,
    /// The identity whose address is meant: the user's own, the only one that is mailed to.
    pub identity: Option<Subject>,
}

impl NewVerificationEmail {
    /// The user to mail to.
    async fn recipient(&self, tx: &mut dyn Tx, caller: &Caller) -> Result<User, Error> {
        let tenant = caller.tenant();
        let user = find_user_for_update(tx, tenant, &self.user).await?;
        if let Some(client) = &self.client
            && tx.clients().find_by_identifier(tenant, client).await?.is_none()
        {
            return Err(Error::not_found(Kind::Client, client));
        }
        if self.identity.as_ref().is_some_and(|identity| *identity != user.subject) {
            return Err(Error::invalid("identity", "must be the user's own, not a linked one"));
        }
        if user.email.is_none() {
            return Err(Error::invalid("user_id", "has no email address"));
        }
        Ok(user)
    }

    async fn order(
        &self,
        tx: &mut dyn Tx,
        caller: &Caller,
        mailing: &Mailing,
        moment: &Moment,
    ) -> Result<Job, Error> {
        let user = self.recipient(tx, caller).await?;
        let options = JobOptions {
            user: Some(user.subject.to_string()),
            client: self.client.as_ref().map(ToString::to_string),
            ..JobOptions::default()
        };
        let mut job = new_job(caller, moment, JobKind::VerificationEmail, options);
        let tenant = tx.tenants().find(user.tenant).await?;
        let problem = match (mailing.links(), tenant) {
            (Some(links), Some(tenant)) => {
                let kind = TicketMailKind::EmailVerification;
                let mail = TicketMail { tenant: &tenant, user: &user, kind, locale: None };
                mail_ticket(tx, mailing.sealer(), links, &mail, moment).await?;
                let event = caller.event(moment, EventKind::VERIFICATION_SENT, user.id);
                tx.events().append(&event).await?;
                None
            }
            _ => Some("the address of the pages is not known".to_owned()),
        };
        job.finish(problem, moment.now());
        tx.jobs().insert(&job).await?;
        Ok(job)
    }
}

impl Directory {
    /// Mails a user how to show that his address is his, also when he has shown it before; the
    /// latest ticket ends those before it. The job has come to its end with it.
    ///
    /// # Errors
    /// `Forbidden`; `NotFound` for the user and the client; `Invalid` on `user_id` for a user
    /// without an address, on `identity` for one that is linked to the user.
    pub async fn submit_verification_email(
        &self,
        caller: &Caller,
        new: NewVerificationEmail,
    ) -> Result<Job, Error> {
        caller.may(Action::Update, Resource::User)?;
        let (caller, mailing, moment) = (caller.clone(), self.mailing(), self.moment());
        self.storage.transact(async move |tx| new.order(tx, &caller, &mailing, &moment).await).await
    }
}
