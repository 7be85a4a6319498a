//! The mail by which a user shows that an email address is his.

use std::sync::Arc;

use citizenry_identity::{Error, Moment, User};
use citizenry_storage::{Links, Sealer, TicketMail, TicketMailKind, Tx, mail_ticket};

use crate::Directory;

/// What ordering a mail needs. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Mailing {
    sealer: Arc<dyn Sealer>,
    links: Option<Links>,
}

impl Mailing {
    /// Orders the mail, unless the address is verified already, there is none, or it is not known
    /// where the pages are.
    pub(super) async fn order_verification(
        &self,
        tx: &mut dyn Tx,
        user: &User,
        locale: Option<&str>,
        moment: &Moment,
    ) -> Result<(), Error> {
        let Some(links) = self.links.as_ref().filter(|_| !user.email_verified) else {
            return Ok(());
        };
        let Some(tenant) = tx.tenants().find(user.tenant).await? else { return Ok(()) };
        let kind = TicketMailKind::EmailVerification;
        let mail = TicketMail { tenant: &tenant, user, kind, locale };
        mail_ticket(tx, &*self.sealer, links, &mail, moment).await?;
        Ok(())
    }

    pub(crate) fn sealer(&self) -> &dyn Sealer {
        &*self.sealer
    }

    /// Where the pages are, if that is known.
    pub(crate) fn links(&self) -> Option<&Links> {
        self.links.as_ref()
    }
}

impl Directory {
    pub(crate) fn mailing(&self) -> Mailing {
        Mailing { sealer: Arc::clone(&self.environment.sealer), links: self.links.clone() }
    }
}
